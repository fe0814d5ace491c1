import { FRAME_MAX_BYTES } from '@hither/core'
import { growing, type Growing } from '../../growing.ts'

/** Bytes that wait for their reader, short pieces put together. */
export interface PieceQueue {
  readonly bytes: number
  add(piece: Uint8Array): void
  /** What came first; undefined where nothing waits. */
  take(): Uint8Array | undefined
  clear(): void
}

/** A piece so long stays as it came, where it is most of what is kept for it. */
const KEPT_MIN_BYTES: number = 16 * 1024

export function pieceQueue(): PieceQueue {
  return new CopyingQueue()
}

class CopyingQueue implements PieceQueue {
  private full: Uint8Array[] = []
  private last: Growing = growing()
  bytes = 0

  add(piece: Uint8Array): void {
    this.bytes += piece.length
    const isKept = piece.length >= KEPT_MIN_BYTES && 2 * piece.length >= piece.buffer.byteLength
    if (this.last.length > 0 && (isKept || this.last.length + piece.length > FRAME_MAX_BYTES)) {
      this.full.push(this.last.bytes())
      this.last = growing()
    }
    if (isKept) this.full.push(piece)
    else this.last.add(piece)
  }

  take(): Uint8Array | undefined {
    const piece = this.full.shift() ?? this.takeLast()
    this.bytes -= piece?.length ?? 0
    return piece
  }

  clear(): void {
    this.full = []
    this.last = growing()
    this.bytes = 0
  }

  private takeLast(): Uint8Array | undefined {
    if (this.last.length === 0) return undefined
    const piece = this.last.bytes()
    this.last = growing()
    return piece
  }
}
