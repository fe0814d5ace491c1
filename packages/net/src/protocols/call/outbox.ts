import { bodyFrames, FRAME_MAX_BYTES, type Frame } from '@hither/core'
import { WRITE_BYTES } from '../../limits/calls.ts'
import { condition, type Condition } from '../../condition.ts'
import { FRAME } from './frames.ts'
import { append, isSmall, left, type Parcel } from './parcel.ts'

/** What waits to be sent on a call stream, in fair order. */
export interface Outbox {
  /** Bytes accepted and not yet handed to the stream, in small parcels and in all. */
  readonly smallBytes: number
  readonly waitingBytes: number
  /** `now` where nothing else is in flight; else `soon`: with all that comes in this tick, in one write. */
  send(parcel: Parcel, when: 'now' | 'soon'): void
  /** More frames at the end of a parcel that was sent here and is not done. */
  append(parcel: Parcel, frames: Frame[]): void
  /** Resolves when the stream has taken all that was sent here, or is over. */
  emptied(): Promise<void>
  /** Sends no more of it. */
  drop(parcel: Parcel): void
  /** The stream takes more. */
  drained(): void
  close(): void
}

export interface OutboxInit {
  /** Hands frames to the stream in one piece, and says whether it takes more. */
  write(frames: Frame[]): boolean
  /** What goes ahead of all else that is sent now. */
  ahead(): Frame[]
}

export function outbox(init: OutboxInit): Outbox {
  return new FairOutbox(init)
}

/**
 * Parcels open in the order they came, since ids must only grow. Small ones go out whole; large bodies then take turns, one
 * chunk each per write, so that nobody waits behind one.
 */
class FairOutbox implements Outbox {
  private readonly init: OutboxInit
  private line: Parcel[] = []
  private turns: Parcel[] = []
  private full = false
  private closed = false
  private tick: NodeJS.Immediate | undefined
  private readonly empty: Condition = condition(() => this.waitingBytes === 0)
  smallBytes = 0
  waitingBytes = 0

  constructor(init: OutboxInit) {
    this.init = init
  }

  send(parcel: Parcel, when: 'now' | 'soon'): void {
    if (this.closed) return
    this.line.push(parcel)
    this.count(parcel, left(parcel))
    if (when === 'now') this.flush()
    else this.tick ??= setImmediate(() => this.flush())
  }

  append(parcel: Parcel, frames: Frame[]): void {
    if (this.closed) return
    const before = left(parcel)
    append(parcel, frames)
    this.count(parcel, left(parcel) - before)
  }

  emptied(): Promise<void> {
    return this.empty.holding()
  }

  drop(parcel: Parcel): void {
    if (this.closed || parcel.state === 'done' || parcel.state === 'dropped') return
    this.count(parcel, -left(parcel))
    // Not only when its turn comes: on a stream that takes nothing none does, and it may hold a long body.
    const among = parcel.state === 'begun' ? this.turns : this.line
    const at = among.indexOf(parcel)
    if (at >= 0) among.splice(at, 1)
    parcel.state = 'dropped'
    this.empty.check()
  }

  drained(): void {
    this.full = false
    this.flush()
  }

  close(): void {
    this.closed = true
    clearImmediate(this.tick)
    this.line = []
    this.turns = []
    this.smallBytes = 0
    this.waitingBytes = 0
    this.empty.check()
  }

  private flush(): void {
    clearImmediate(this.tick)
    this.tick = undefined
    while (!this.full && !this.closed) {
      const frames: Frame[] = []
      this.openings(frames)
      this.chunk(frames)
      if (frames.length === 0) break
      frames.unshift(...this.init.ahead())
      this.full = !this.init.write(frames)
    }
    this.empty.check()
  }

  /** Small parcels, and the heads of large ones, as many as one write should carry. */
  private openings(frames: Frame[]): void {
    let bytes = 0
    while (bytes < WRITE_BYTES) {
      const parcel = this.line.shift()
      if (parcel === undefined) break
      const before = left(parcel)
      for (const frame of parcel.head) frames.push(frame)
      if (isSmall(parcel)) {
        if (parcel.body.length > 0) frames.push(...bodyFrames(FRAME.DATA, parcel.id, parcel.body))
        for (const frame of parcel.tail) frames.push(frame)
        parcel.state = 'done'
      } else {
        this.turns.push(parcel)
        parcel.state = 'begun'
      }
      bytes += before - left(parcel)
      this.count(parcel, left(parcel) - before)
    }
  }

  /** The next chunk of the large parcel whose turn it is, which then goes to the back of the line. */
  private chunk(frames: Frame[]): void {
    const parcel = this.turns.shift()
    if (parcel === undefined) return
    const { id, body, tail } = parcel
    const before = left(parcel)
    const end = Math.min(parcel.at + FRAME_MAX_BYTES, body.length)
    frames.push({ type: FRAME.DATA, id, payload: body.subarray(parcel.at, end) })
    parcel.at = end
    if (end < body.length) {
      this.turns.push(parcel)
    } else {
      frames.push(...tail)
      parcel.state = 'done'
    }
    this.count(parcel, left(parcel) - before)
  }

  private count(parcel: Parcel, bytes: number): void {
    this.waitingBytes += bytes
    if (isSmall(parcel)) this.smallBytes += bytes
  }
}
