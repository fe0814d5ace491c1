import {
  fromWire,
  HitherError,
  leave,
  mayFail,
  readError,
  Shape,
  toHitherError,
  type Body,
  type ByteStream,
  type Frame,
  type Options,
} from '@hither/core'
import { CONTROL_WINDOW_BYTES } from '../limits/home.ts'
import { tell } from '../tell.ts'
import { bodyIn, type BodyIn } from './body-in.ts'
import { bodyOut, type BodyOut } from './body-out.ts'
import { CONTROL, message, readMessage, signal } from './messages.ts'

export interface RequestInit {
  id: number
  content: { method: string; params: unknown }
  body: Body | undefined
  options: Options
  write: (bytes: Uint8Array) => void
  /** Nothing more comes for it. */
  over: () => void
}

/** One request to the peer, from the client's side. */
export interface Request {
  readonly method: string
  /** What is known before the answer's body, with it where it is whole. */
  readonly head: Promise<unknown>
  /** The answer's body where it is not. */
  readonly stream: ByteStream
  /** Resolves at the end. */
  readonly result: Promise<unknown>
  readonly over: boolean
  /** A frame that came for it. Throws `bad-message`. */
  take(frame: Frame): void
  /** The peer is gone. */
  fail(error: HitherError): void
}

/** Throws `too-large`. */
export function request(init: RequestInit): Request {
  return new ClientRequest(init)
}

class ClientRequest implements Request {
  readonly method: string
  readonly head: Promise<unknown>
  readonly stream: ByteStream
  readonly result: Promise<unknown>
  private readonly init: RequestInit
  private readonly headed = Promise.withResolvers<unknown>()
  private readonly ended = Promise.withResolvers<unknown>()
  private readonly incoming: BodyIn
  private readonly outgoing: BodyOut | undefined
  /** Of a long list, what came before its end. */
  private list: unknown[] = []
  over = false

  constructor(init: RequestInit) {
    this.init = init
    const { id, content, body, options, write } = init
    this.method = content.method
    this.head = mayFail(this.headed.promise)
    this.result = mayFail(this.ended.promise)
    this.incoming = bodyIn({ id, write })
    this.stream = this.incoming.stream
    if (options.signal?.aborted === true) {
      if (body !== undefined) void mayFail(leave(body))
      this.fail(toHitherError(options.signal.reason))
      return
    }
    const listens = options.onProgress !== undefined
    write(message(CONTROL.REQUEST, id, { ...content, body: body !== undefined, listens }))
    options.signal?.addEventListener('abort', this.cancel, { once: true })
    if (body === undefined) return
    this.outgoing = bodyOut({ id, body, write })
    // What the source throws ends the request: the peer cannot know what is missing.
    this.outgoing.done.catch((thrown: unknown) => this.giveUp(toHitherError(thrown)))
  }

  take({ type, payload }: Frame): void {
    switch (type) {
      case CONTROL.PROGRESS:
        return tell(this.init.options.onProgress, readMessage(payload) as never)
      case CONTROL.HEAD:
        return this.headed.resolve(readResult(payload))
      case CONTROL.DATA:
        return this.incoming.push(payload)
      case CONTROL.END:
        return this.incoming.end()
      case CONTROL.MORE:
        return this.outgoing?.more(readMore(payload))
      case CONTROL.LEAVE:
        return this.outgoing?.leave()
      case CONTROL.PART:
        this.list = this.list.concat(readResult(payload))
        return
      case CONTROL.RESULT:
        this.ended.resolve(this.list.length === 0 ? readResult(payload) : this.list.concat(readResult(payload)))
        return this.finish()
      case CONTROL.ERROR:
        return this.fail(fromWire(readError(readMessage(payload))))
      default:
        throw new HitherError('bad-message', `the peer sent a control frame of the unknown type ${type}`)
    }
  }

  fail(error: HitherError): void {
    this.headed.reject(error)
    this.ended.reject(error)
    this.incoming.fail(error)
    this.finish()
  }

  private readonly cancel = (): void => this.giveUp(toHitherError(this.init.options.signal?.reason))

  private giveUp(error: HitherError): void {
    if (this.over) return
    this.init.write(signal(CONTROL.CANCEL, this.init.id))
    this.fail(error)
  }

  private finish(): void {
    this.over = true
    this.outgoing?.leave()
    this.init.options.signal?.removeEventListener('abort', this.cancel)
    this.init.over()
  }
}

/** Throws `bad-message`. */
function readResult(payload: Uint8Array): unknown {
  return new Shape(readMessage(payload), 'the result').raw('result')
}

/** Throws `bad-message`. */
export function readMore(payload: Uint8Array): number {
  return new Shape(readMessage(payload), 'the wish for more').integer('bytes', 1, CONTROL_WINDOW_BYTES)
}
