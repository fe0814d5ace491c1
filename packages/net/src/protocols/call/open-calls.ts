import { FleetingMap, HitherError, WHOLE_BODY_MAX_BYTES, type CallHeader } from '@hither/core'
import type { Budget } from '../../budget.ts'
import { growing, type Growing } from '../../growing.ts'
import {
  BODY_UNREAD_BYTES,
  CALLS_MAX_PER_LINK,
  FLOW_LATE_MS,
  LINK_BUFFER_BYTES,
  REQUEST_WHOLE_MS,
  SMALL_ANSWERS_MAX_BYTES,
  SMALL_BODY_BYTES,
} from '../../limits/calls.ts'
import type { IncomingBody } from '../body/incoming.ts'
import { broken, isNewer } from './frames.ts'
import type { Outbox } from './outbox.ts'
import { busy } from './refusals.ts'

/** A call that is coming in or running. */
export interface OpenCall {
  readonly header: CallHeader
  /** What that took on the line. */
  readonly headBytes: number
  /** The request's body, where it comes in frames. */
  readonly body: Growing
  /** The same, where it comes on a stream of its own. */
  stream?: IncomingBody
  readonly abort: AbortController
  /** By our own clock. */
  readonly deadline: number
  /** When all of a request in frames must be here. */
  readonly wholeBy: number
  running: boolean
  /** A body of it flows on a stream of its own. */
  flowing: boolean
  /** All of the request was sent. */
  sent: boolean
  /** It holds nothing any more. */
  released: boolean
}

/** When it is cut off. What runs ends by itself, so never; but what flows depends on its caller too. */
export function endOf({ abort, deadline, wholeBy, running, flowing }: OpenCall): number {
  if (!running) return wholeBy
  return flowing && !abort.signal.aborted ? deadline + FLOW_LATE_MS : Infinity
}

/** Of answers that their caller has not taken yet. */
type Unread = Pick<Outbox, 'smallBytes' | 'waitingBytes'>

/** The calls that one peer makes here, and what their requests hold. */
export interface OpenCalls extends Iterable<[number, OpenCall]> {
  readonly size: number
  /** Bytes of requests that came in frames. */
  readonly heldBytes: number
  /** A call of this id comes. Throws `bad-message` where it came before. */
  announce(id: number): void
  /** Its head took so many bytes, and came just now. Gives why there is no room for it. */
  begin(id: number, header: CallHeader, headBytes: number, now: number, unread: Unread): OpenCall | HitherError
  get(id: number): OpenCall | undefined
  /** The call of a frame that continues one; undefined for what crossed its end on the way. Throws `bad-message`. */
  known(id: number): OpenCall | undefined
  /** The same for a call whose request may go on. */
  receiving(id: number): OpenCall | undefined
  /** The next piece of a body in frames. Gives why there is no room for it; throws `bad-message`. */
  add(call: OpenCall, piece: Uint8Array): HitherError | undefined
  /** The body comes on a stream. Gives why there is no room for one. */
  stream(call: OpenCall, body: IncomingBody): HitherError | undefined
  /** It is over, and holds nothing any more. */
  end(id: number, call: OpenCall): void
  /** The caller is gone. What runs holds its request until it has really stopped. */
  abandon(why: HitherError): void
}

export function openCalls(memory: Budget): OpenCalls {
  return new CallTable(memory)
}

const FULL = 'the calls of all, or all of its own, hold too much memory here'

class CallTable implements OpenCalls {
  private readonly memory: Budget
  private readonly calls = new FleetingMap<number, OpenCall>()
  private lastId = 0
  heldBytes = 0

  constructor(memory: Budget) {
    this.memory = memory
  }

  get size(): number {
    return this.calls.size
  }

  [Symbol.iterator](): Iterator<[number, OpenCall]> {
    return this.calls[Symbol.iterator]()
  }

  announce(id: number): void {
    if (!isNewer(id, this.lastId)) throw broken(`call ${id} comes twice or too late`)
    this.lastId = id
  }

  begin(id: number, header: CallHeader, headBytes: number, now: number, unread: Unread): OpenCall | HitherError {
    if (this.calls.size >= CALLS_MAX_PER_LINK) return busy(`it has ${CALLS_MAX_PER_LINK} calls here`)
    const held = this.heldBytes + unread.waitingBytes
    const small = unread.smallBytes + this.calls.size * SMALL_BODY_BYTES
    if (held >= LINK_BUFFER_BYTES || small >= SMALL_ANSWERS_MAX_BYTES) {
      return busy('it has not read the answers to earlier calls')
    }
    if (!this.memory.take(headBytes)) return busy(FULL)
    const call = {
      header,
      headBytes,
      body: growing(),
      abort: new AbortController(),
      deadline: now + header.remainingMs,
      wholeBy: now + Math.min(header.remainingMs, REQUEST_WHOLE_MS),
      running: false,
      flowing: false,
      sent: false,
      released: false,
    }
    this.calls.set(id, call)
    return call
  }

  get(id: number): OpenCall | undefined {
    return this.calls.get(id)
  }

  known(id: number): OpenCall | undefined {
    const call = this.calls.get(id)
    if (call === undefined && isNewer(id, this.lastId)) throw broken(`call ${id} goes on before it began`)
    return call
  }

  receiving(id: number): OpenCall | undefined {
    const call = this.known(id)
    if (call?.running === true) throw broken(`call ${id} goes on after its end`)
    return call
  }

  add(call: OpenCall, piece: Uint8Array): HitherError | undefined {
    if (call.body.length + piece.length > WHOLE_BODY_MAX_BYTES) throw broken('a long body comes in frames')
    if (this.heldBytes + piece.length > LINK_BUFFER_BYTES) return busy('its calls hold too much memory here')
    if (!this.memory.take(piece.length)) return busy(FULL)
    call.body.add(piece)
    this.heldBytes += piece.length
    return undefined
  }

  stream(call: OpenCall, body: IncomingBody): HitherError | undefined {
    if (call.body.length > 0) throw broken('a body comes both in frames and on a stream of its own')
    if (!this.memory.take(BODY_UNREAD_BYTES)) return busy(FULL)
    call.stream = body
    call.flowing = true
    return undefined
  }

  end(id: number, call: OpenCall): void {
    this.calls.delete(id)
    this.release(call)
  }

  abandon(why: HitherError): void {
    for (const call of this.calls.values()) {
      call.abort.abort(why)
      call.stream?.fail(why)
      if (!call.running) this.release(call)
    }
    this.calls.clear()
  }

  /** Once: ending one may end its stream, which ends all. */
  private release(call: OpenCall): void {
    if (call.released) return
    call.released = true
    this.heldBytes -= call.body.length
    this.memory.giveBack(call.headBytes + (call.stream === undefined ? call.body.length : BODY_UNREAD_BYTES))
    call.stream?.fail(new HitherError('cancelled', 'the call is over'))
  }
}
