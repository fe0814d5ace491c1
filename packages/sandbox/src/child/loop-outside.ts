import { FRAME_MAX_BYTES } from '@hither/core'
import type { Channel } from '../ipc/channel.ts'
import { FRAME } from '../ipc/frames.ts'
import { HEADERS_MAX, WINDOW_BYTES } from '../ipc/limits.ts'
import type { Message } from '../ipc/messages.ts'
import { Allowance, Window } from '../ipc/window.ts'
import type { Outside, OutsideEvents, OutsideExchange, OutsideRequest } from './outside.ts'

/** All requests of this process's functions, over the pipe to the parent. */
export class LoopOutside implements Outside {
  private readonly pipe: Channel
  private readonly open = new Map<number, Sent>()
  private lastId = 0

  constructor(pipe: Channel) {
    this.pipe = pipe
  }

  fetch(call: number, { body, ...head }: OutsideRequest, events: OutsideEvents): OutsideExchange {
    const id = ++this.lastId
    const sent = new Sent(id, this.pipe, events, () => this.open.delete(id))
    this.open.set(id, sent)
    if (body === 'streams') this.pipe.send(FRAME.fetch, id, { call, ...head, streams: true })
    else this.pipe.send(FRAME.fetch, id, { call, ...head }, body)
    return sent
  }

  /** What the parent says of a request. Of one that was given up, something may still be under way. */
  receive(message: Message): void {
    this.open.get(message.id)?.receive(message)
  }
}

class Sent implements OutsideExchange {
  private readonly id: number
  private readonly pipe: Channel
  private readonly events: OutsideEvents
  private readonly forget: () => boolean
  private readonly allowance = new Allowance(WINDOW_BYTES)
  private readonly window = new Window(WINDOW_BYTES)

  constructor(id: number, pipe: Channel, events: OutsideEvents, forget: () => boolean) {
    this.id = id
    this.pipe = pipe
    this.events = events
    this.forget = forget
  }

  get hasRoom(): boolean {
    return this.allowance.hasRoom()
  }

  upload(bytes: Uint8Array): number {
    const size = this.allowance.take(bytes.length)
    if (size > 0) this.pipe.piece(FRAME.upload, this.id, bytes.subarray(0, size))
    return size
  }

  uploaded(): void {
    this.pipe.send(FRAME.uploaded, this.id)
  }

  read(bytes: number): void {
    const room = this.window.read(bytes)
    if (room > 0) this.pipe.send(FRAME.room, this.id, { room })
  }

  drop(): void {
    if (this.forget()) this.pipe.send(FRAME.drop, this.id)
  }

  receive({ type, head, body }: Message): void {
    if (type === FRAME.download) {
      this.window.came(body.length)
      this.events.piece(body)
      return
    }
    const error = head.has('error') ? head.string('error', FRAME_MAX_BYTES) : undefined
    if (error !== undefined) {
      this.forget()
      this.events.failed(error)
    } else if (type === FRAME.fetched) {
      const status = head.integer('status', 200, 599)
      this.events.fetched({
        status,
        statusText: head.string('statusText'),
        headers: head.pairs('headers', HEADERS_MAX),
      })
    } else if (type === FRAME.room) {
      this.allowance.add(head.integer('room', 1, WINDOW_BYTES))
      this.events.room()
    } else {
      this.forget()
      this.events.finished()
    }
  }
}
