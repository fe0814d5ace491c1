import {
  HitherError,
  isWhole,
  Shape,
  toHitherError,
  WHOLE_BODY_MAX_BYTES,
  type Frame,
  type Options,
} from '@hither/core'
import type { CallParams, PeerApi } from '../api.ts'
import { CONTROL_LIST_PART } from '../limits/home.ts'
import { bodyIn, type BodyIn } from './body-in.ts'
import { bodyOut, type BodyOut } from './body-out.ts'
import { CONTROL, message, readMessage } from './messages.ts'
import { CONTROL_METHODS } from './methods.ts'
import { readMore } from './request.ts'

export interface AnswerInit {
  /** The REQUEST. */
  frame: Frame
  api: PeerApi
  write: (bytes: Uint8Array) => void
}

/** One request, from the peer's side. */
export interface Answering {
  /** A further frame that came for it. Throws `bad-message`. */
  take(frame: Frame): void
  /** The client gave up, or is gone. */
  cancel(): void
  /** Resolves when it is answered; never rejects. */
  readonly done: Promise<void>
}

/** Throws `bad-message`. */
export function answerRequest(init: AnswerInit): Answering {
  return new PeerAnswer(init)
}

class PeerAnswer implements Answering {
  readonly done: Promise<void>
  private readonly init: AnswerInit
  private readonly id: number
  private readonly controller = new AbortController()
  private readonly incoming: BodyIn | undefined
  private outgoing: BodyOut | undefined

  constructor(init: AnswerInit) {
    this.init = init
    this.id = init.frame.id
    const request = new Shape(readMessage(init.frame.payload), 'the control request')
    if (request.boolean('body')) this.incoming = bodyIn({ id: this.id, write: init.write })
    const listens = request.boolean('listens')
    this.done = this.answer(request.string('method', 64), request.raw('params'), listens)
  }

  take({ type, payload }: Frame): void {
    switch (type) {
      case CONTROL.CANCEL:
        return this.cancel()
      case CONTROL.DATA:
        return this.incoming?.push(payload)
      case CONTROL.END:
        return this.incoming?.end()
      case CONTROL.MORE:
        return this.outgoing?.more(readMore(payload))
      case CONTROL.LEAVE:
        return this.outgoing?.leave()
      default:
        throw new HitherError('bad-message', `a control frame of the unknown type ${type}`)
    }
  }

  cancel(): void {
    const error = new HitherError('cancelled', 'the client gave up')
    this.controller.abort(error)
    this.incoming?.fail(error)
    this.outgoing?.leave()
  }

  private async answer(method: string, params: unknown, listens: boolean): Promise<void> {
    const { write } = this.init
    const options: Options<object> = {
      signal: this.controller.signal,
      ...(listens && { onProgress: (event) => write(message(CONTROL.PROGRESS, this.id, event)) }),
    }
    try {
      const result =
        method === 'call' ? await this.call(params, options) : await invoke(this.init.api, method, params, options)
      this.tell(result)
    } catch (thrown) {
      write(message(CONTROL.ERROR, this.id, toHitherError(thrown).toWire()))
    }
  }

  /** No message may be longer than its reader takes, so a long list goes in parts. */
  private tell(result: unknown): void {
    const say = (type: number, content: unknown): void =>
      this.init.write(message(type, this.id, { result: content ?? null }))
    if (!Array.isArray(result)) return say(CONTROL.RESULT, result)
    let told = 0
    for (; result.length - told > CONTROL_LIST_PART; told += CONTROL_LIST_PART) {
      say(CONTROL.PART, result.slice(told, told + CONTROL_LIST_PART))
    }
    say(CONTROL.RESULT, result.slice(told))
  }

  /** Head, body, and at the end the report. */
  private async call(params: unknown, options: Options<object>): Promise<unknown> {
    const { stream } = this.incoming ?? {}
    const asked = { ...(params as CallParams), ...(stream !== undefined && { body: stream }) }
    const { body, ended: _, report, ...head } = await this.init.api.call(asked, options)
    if (isWhole(body) && body.length <= WHOLE_BODY_MAX_BYTES) {
      this.init.write(message(CONTROL.HEAD, this.id, { result: { ...head, body } }))
      return report
    }
    const outgoing = bodyOut({ id: this.id, body, write: this.init.write })
    this.outgoing = outgoing
    // It may break while its reader does not read.
    report.catch(() => outgoing.leave())
    this.init.write(message(CONTROL.HEAD, this.id, { result: head }))
    // A body that breaks says so in the report as well, and there with what is known of the call.
    await outgoing.done.catch(() => undefined)
    return report
  }
}

async function invoke(api: PeerApi, method: string, params: unknown, options: Options<object>): Promise<unknown> {
  const known = CONTROL_METHODS.find((name) => name === method)
  if (known === undefined) {
    throw new HitherError('usage', `this peer has no method "${method}"`, {
      fix: 'the running peer is of another version than the command: restart it',
    })
  }
  // The client is of the same user and speaks through the same interface; its parameters are checked where they are used.
  const call = api[known].bind(api) as (params: unknown, options: object) => Promise<unknown>
  return call(params, options)
}
