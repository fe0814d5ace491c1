import { FleetingSet } from '@hither/core/fleeting'
import {
  ReadableStream,
  type ReadableByteStreamController,
  type ReadableStreamDefaultReader,
} from 'web-streams-polyfill'
import { ask } from '../../ask.ts'
import { bufferOf } from '../../call/body.ts'
import { current, enter, findCall, onClose, onGiveUp, type Call } from '../../call/calls.ts'
import { parseJson, toJson } from '../../primordials.ts'
import { UNWANTED, type FetchedHead, type FetchOrder } from '../../wall/fetch.ts'
import { PIECE_MAX_BYTES } from '../../wall/limits.ts'
import { typeOfView } from '../brands.ts'
import type { Sending } from './body.ts'
import type { Step } from './redirect.ts'

const GONE = 'fetch failed: the call that asked is over'

/** Read ahead, in bytes: a short response comes to its end although nobody reads it, and makes room for other requests. */
const AHEAD_BYTES: number = PIECE_MAX_BYTES

/** What the source of a body is told, or who writes into it, when nobody reads the rest. */
const ANSWERED = 'the response was complete before all of the request was sent'

let lastId = 0

/** Those that are not over. They end with their calls. */
const open = new FleetingSet<Exchange>()

onClose((call) => {
  // Most calls ask for nothing, and an error costs its stack.
  if (open.size > 0) dropAll(call, new TypeError(GONE))
})
onGiveUp(dropAll)

function dropAll(call: Call, reason: unknown): void {
  for (const exchange of open) if (exchange.owner === call) exchange.drop(reason)
}

/** One request of a call and its response: a single step of what may be several. */
export class Exchange {
  readonly owner: Call
  readonly #id: number = ++lastId
  readonly #onOver: () => void
  #over = false
  #reader: ReadableStreamDefaultReader<unknown> | undefined
  #controller: ReadableByteStreamController | undefined

  /** `onOver`: its place is free for another. Throws for a call that is over: nobody would end it any more. */
  constructor(owner: Call, onOver: () => void) {
    if (findCall(owner.id) !== owner) throw new TypeError(GONE)
    this.owner = owner
    this.#onOver = onOver
    open.add(this)
  }

  async send({ method, url, headers }: Step, sending: Sending): Promise<FetchedHead> {
    const streams = sending !== undefined && typeOfView(sending) !== 'Uint8Array'
    const order: FetchOrder = { do: 'send', id: this.#id, method, url, headers, ...(streams && { streams }) }
    if (!streams)
      return this.#head(order, ...(sending === undefined ? [] : [bufferOf(sending as Uint8Array<ArrayBuffer>)]))
    const head = this.#head(order)
    // What its body's source throws is what went wrong; what breaks the connection tells it better itself.
    const failed = this.#upload(sending as ReadableStream<unknown>).then(
      () => head,
      (error: unknown) => {
        this.#leave(error)
        throw error
      },
    )
    return Promise.race([head, failed])
  }

  /** The response's body, read as it is wanted. */
  body(): ReadableStream<Uint8Array> {
    return new ReadableStream(
      {
        type: 'bytes',
        start: (controller: ReadableByteStreamController) => void (this.#controller = controller),
        pull: () => this.#pull(),
        cancel: () => this.drop(),
      },
      { highWaterMark: AHEAD_BYTES },
    )
  }

  /** Ends it, whatever of it is under way. With a reason, whoever reads its response is told. */
  drop(reason?: unknown): void {
    if (this.#over) return
    this.#finish(reason)
    if (reason !== undefined) this.#controller?.error(reason)
    this.#ask({ do: 'drop', id: this.#id }).catch(() => {
      // The call is over, and with it the request.
    })
  }

  async #head(order: FetchOrder, ...body: ArrayBuffer[]): Promise<FetchedHead> {
    return parseJson((await this.#ask(order, ...body)) as string) as FetchedHead
  }

  async #upload(stream: ReadableStream<unknown>): Promise<void> {
    const reader = stream.getReader()
    this.#reader = reader
    for (;;) {
      const { done, value } = await reader.read()
      if (this.#over) return
      if (done) break
      if (typeOfView(value) !== 'Uint8Array') throw new TypeError('a chunk of the body is no Uint8Array')
      const bytes = value as Uint8Array<ArrayBuffer>
      for (let at = 0; at < bytes.length; at += PIECE_MAX_BYTES) {
        const piece = bufferOf(bytes.subarray(at, at + PIECE_MAX_BYTES))
        const said = await this.#ask({ do: 'write', id: this.#id }, piece)
        if (said === UNWANTED) return this.#leave(new TypeError(ANSWERED))
      }
    }
    this.#reader = undefined
    await this.#ask({ do: 'written', id: this.#id })
  }

  async #pull(): Promise<void> {
    const controller = this.#controller
    try {
      const piece = await this.#ask({ do: 'read', id: this.#id })
      if (this.#over) return
      if (typeof piece !== 'string') return controller?.enqueue(new Uint8Array(piece))
      // An error costs its stack, and most requests are sent by then.
      this.#finish(this.#reader && new TypeError(ANSWERED))
      controller?.close()
      // Whoever reads into a buffer of their own is told by this alone.
      controller?.byobRequest?.respond(0)
    } catch (error) {
      if (this.#over) return
      this.#finish(error)
      controller?.error(error)
    }
  }

  #finish(reason?: unknown): void {
    this.#over = true
    open.delete(this)
    this.#onOver()
    this.#leave(reason)
  }

  /** Nothing more of the request is sent. */
  #leave(reason: unknown): void {
    const reader = this.#reader
    this.#reader = undefined
    void reader?.cancel(reason).catch(() => {
      // Its source fails to stop; it is left behind either way.
    })
  }

  /** On account of the call that made it, whichever's turn it is. */
  #ask(order: FetchOrder, ...buffers: ArrayBuffer[]): Promise<string | ArrayBuffer> {
    const before = current
    enter(this.owner)
    const asked = ask('fetch', toJson(order), ...buffers)
    enter(before)
    return asked
  }
}
