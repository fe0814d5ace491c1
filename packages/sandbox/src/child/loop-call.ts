import type { ResponseHead } from '@hither/core'
import type { Channel } from '../ipc/channel.ts'
import { FRAME } from '../ipc/frames.ts'
import type { GuestCall, GuestEvents, GuestOutcome } from './guest.ts'
import type { LoopFunction } from './loop-function.ts'

/** Who ends calls. `goesOn`: see GuestEvents. */
export interface Ends {
  end(call: LoopCall, outcome: GuestOutcome, goesOn: boolean): void
}

/** A call inside this process, from its first turn to its end: tells the parent what becomes of it. */
export class LoopCall implements GuestEvents {
  readonly id: number
  readonly fn: LoopFunction
  readonly startedMs: number
  /** Processor time charged to it so far, in ms. */
  cpuMs = 0
  /** Set once `invoke` has returned. */
  handle: GuestCall | undefined
  ended = false
  private readonly pipe: Channel
  private readonly ends: Ends

  constructor(id: number, fn: LoopFunction, startedMs: number, pipe: Channel, ends: Ends) {
    this.id = id
    this.fn = fn
    this.startedMs = startedMs
    this.pipe = pipe
    this.ends = ends
  }

  begin({ status, headers }: ResponseHead): void {
    this.pipe.send(FRAME.began, this.id, { status, headers })
  }

  piece(bytes: Uint8Array): void {
    this.pipe.piece(FRAME.piece, this.id, bytes)
  }

  want(bytes: number): void {
    this.pipe.send(FRAME.want, this.id, { room: bytes })
  }

  leave(): void {
    this.pipe.send(FRAME.left, this.id)
  }

  done(outcome: GuestOutcome, goesOn: boolean): void {
    this.ends.end(this, outcome, goesOn)
  }

  over(): void {
    this.pipe.send(FRAME.over, this.id)
  }
}
