import { FRAME_MAX_BYTES } from '@hither/core'
import { growing, type Growing } from '../../growing.ts'

/** Bytes that wait for their reader, small pieces put together. */
export interface PieceQueue {
  readonly bytes: number
  add(piece: Uint8Array): void
  /** What came first; undefined where nothing waits. */
  take(): Uint8Array | undefined
  clear(): void
}

export function pieceQueue(): PieceQueue {
  return new CopyingQueue()
}

class CopyingQueue implements PieceQueue {
  private full: Uint8Array[] = []
  private last: Growing = growing()
  bytes = 0

  add(piece: Uint8Array): void {
    if (this.last.length > 0 && this.last.length + piece.length > FRAME_MAX_BYTES) {
      this.full.push(this.last.bytes())
      this.last = growing()
    }
    this.last.add(piece)
    this.bytes += piece.length
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
