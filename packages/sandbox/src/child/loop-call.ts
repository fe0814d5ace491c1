import type { ResponseHead } from '@hither/core'
import type { Channel } from '../ipc/channel.ts'
import { FRAME } from '../ipc/frames.ts'
import type { GuestCall, GuestEvents, GuestOutcome } from './guest.ts'

/** A call inside this process, from its first turn to its end: tells the parent what becomes of it. */
export class LoopCall implements GuestEvents {
  readonly id: number
  readonly startedMs: number
  /** Processor time charged to it so far, in ms. */
  cpuMs = 0
  /** Set once `invoke` has returned. */
  handle: GuestCall | undefined
  ended = false
  private readonly pipe: Channel
  private readonly onDone: (outcome: GuestOutcome, goesOn: boolean) => void

  constructor(id: number, startedMs: number, pipe: Channel, onDone: (outcome: GuestOutcome, goesOn: boolean) => void) {
    this.id = id
    this.startedMs = startedMs
    this.pipe = pipe
    this.onDone = onDone
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
    this.onDone(outcome, goesOn)
  }

  over(): void {
    this.pipe.send(FRAME.over, this.id)
  }
}
