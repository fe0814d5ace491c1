import { ANSWER_PIECE_MAX_BYTES, PIECE_MAX_BYTES, PIECE_MIN_COST_BYTES, WINDOW_BYTES } from './limits.ts'

/** Reading is told the sender by so much at once, and not byte by byte: another piece is under way meanwhile. */
const TELL_BYTES: number = ANSWER_PIECE_MAX_BYTES

/** How much of a body its sender may still send. */
export class Allowance {
  private bytes: number

  constructor(bytes: number) {
    this.bytes = bytes
  }

  /** Is there room for another piece, of whatever length, beside so many bytes that are to go before it? */
  hasRoom(heldBytes: number = 0): boolean {
    return this.bytes >= heldBytes + PIECE_MIN_COST_BYTES
  }

  /** False where that is more than any window holds: the other end is not what it should be. */
  add(bytes: number): boolean {
    this.bytes += bytes
    return this.bytes <= WINDOW_BYTES
  }

  /** How many of these bytes may go as a piece now, of at most so many; 0 while there is no room. */
  take(bytes: number, most: number = PIECE_MAX_BYTES): number {
    if (!this.hasRoom()) return 0
    const size = Math.min(bytes, most, this.bytes)
    this.bytes -= costOf(size)
    return size
  }
}

/** What came of a body and was not read yet, as its receiver keeps account of it. */
export class Window {
  /** What may still come. */
  private bytes: number
  private untold = 0

  constructor(bytes: number) {
    this.bytes = bytes
  }

  /** The sender was told that so much may come. */
  open(bytes: number): void {
    this.bytes += bytes
  }

  /** A piece came. False where it should not have. */
  came(bytes: number): boolean {
    this.bytes -= costOf(bytes)
    return this.bytes >= 0
  }

  /** A piece was read. How much the sender is to be told of, which is added already; 0 for nothing yet. */
  read(bytes: number): number {
    this.untold += costOf(bytes)
    if (this.untold < TELL_BYTES) return 0
    const told = this.untold
    this.untold = 0
    this.open(told)
    return told
  }
}

function costOf(bytes: number): number {
  return Math.max(bytes, PIECE_MIN_COST_BYTES)
}
