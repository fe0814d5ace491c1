import { bodyFrames, encodeFrames, FRAME_MAX_BYTES, type Frame } from '@hither/core'
import { WRITE_BYTES } from '../../limits.ts'
import { FRAME } from './frames.ts'
import { isSmall, left, type Parcel } from './parcel.ts'

/** What waits to be sent on a call stream, in fair order. */
export interface Outbox {
  /** Bytes accepted and not yet handed to the stream, in small parcels and in all. */
  readonly smallBytes: number
  readonly waitingBytes: number
  /** `now` where nothing else is in flight; else `soon`: with all that comes in this tick, in one write. */
  send(parcel: Parcel, when: 'now' | 'soon'): void
  /** Sends no more of it. */
  drop(parcel: Parcel): void
  /** The stream takes more. */
  drained(): void
  close(): void
}

/** `write` hands bytes to the stream and says whether it takes more. */
export function outbox(write: (bytes: Uint8Array) => boolean): Outbox {
  return new FairOutbox(write)
}

/** Small parcels in order; large bodies take turns, one chunk each per write, so that nobody waits behind one. */
class FairOutbox implements Outbox {
  private readonly write: (bytes: Uint8Array) => boolean
  private small: Parcel[] = []
  private large: Parcel[] = []
  private full = false
  private closed = false
  private tick: NodeJS.Immediate | undefined
  smallBytes = 0
  waitingBytes = 0

  constructor(write: (bytes: Uint8Array) => boolean) {
    this.write = write
  }

  send(parcel: Parcel, when: 'now' | 'soon'): void {
    if (this.closed) return
    const small = isSmall(parcel)
    ;(small ? this.small : this.large).push(parcel)
    this.count(parcel, left(parcel))
    if (when === 'now') this.flush()
    else this.tick ??= setImmediate(() => this.flush())
  }

  drop(parcel: Parcel): void {
    if (parcel.state === 'done' || parcel.state === 'dropped') return
    this.count(parcel, -left(parcel))
    parcel.state = 'dropped'
  }

  drained(): void {
    this.full = false
    this.flush()
  }

  close(): void {
    this.closed = true
    clearImmediate(this.tick)
    this.small = []
    this.large = []
    this.smallBytes = 0
    this.waitingBytes = 0
  }

  private flush(): void {
    clearImmediate(this.tick)
    this.tick = undefined
    while (!this.full && !this.closed) {
      const frames = this.take()
      if (frames.length === 0) return
      this.full = !this.write(encodeFrames(frames))
    }
  }

  /** The frames of the next write. */
  private take(): Frame[] {
    const frames: Frame[] = []
    let bytes = 0
    let parcel: Parcel | undefined
    while (bytes < WRITE_BYTES && (parcel = this.small.shift()) !== undefined) {
      if (parcel.state === 'dropped') continue
      const size = left(parcel)
      bytes += size
      this.count(parcel, -size)
      parcel.state = 'done'
      frames.push(...parcel.head, ...bodyFrames(FRAME.DATA, parcel.id, parcel.body), ...parcel.tail)
    }
    while ((parcel = this.large.shift()) !== undefined) {
      if (parcel.state === 'dropped') continue
      frames.push(...this.chunk(parcel))
      break
    }
    return frames
  }

  /** The next chunk of a large parcel, which then goes to the back of the line. */
  private chunk(parcel: Parcel): Frame[] {
    const before = left(parcel)
    const frames: Frame[] = parcel.state === 'waiting' ? [...parcel.head] : []
    const end = Math.min(parcel.at + FRAME_MAX_BYTES, parcel.body.length)
    frames.push({ type: FRAME.DATA, id: parcel.id, payload: parcel.body.subarray(parcel.at, end) })
    parcel.at = end
    parcel.state = 'begun'
    if (end === parcel.body.length) {
      frames.push(...parcel.tail)
      parcel.state = 'done'
    } else {
      this.large.push(parcel)
    }
    this.count(parcel, left(parcel) - before)
    return frames
  }

  private count(parcel: Parcel, bytes: number): void {
    this.waitingBytes += bytes
    if (isSmall(parcel)) this.smallBytes += bytes
  }
}
