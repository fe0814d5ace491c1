import type { Answer, CallInfo } from './carrier.ts'

type BodyMembers = 'body' | 'bodyUsed' | 'text' | 'json' | 'bytes' | 'arrayBuffer' | 'blob' | 'formData' | 'clone'

/** Its type has methods as properties, which no class could override. */
const WebResponse: new (body: null, init: ResponseInit) => Omit<Response, BodyMembers> = Response

/** One for all: nothing is left in it between two texts that it decodes whole. */
const UTF8 = new TextDecoder()

/**
 * A web `Response` that knows the call behind it, in a field of its own: a WeakMap would keep all that is known of a call through
 * collections of young objects, whose response is long gone.
 *
 * Most bodies are here as a whole and are read by one of its methods: the stream that a body is else is made for whoever wants one.
 */
export class CallResponse extends WebResponse {
  readonly #answer: Answer<CallInfo>
  /** The net that it came from. */
  readonly #net: object
  readonly #whole: Uint8Array<ArrayBuffer> | undefined
  #isRead = false
  #streamed: Response | undefined

  /** Throws what `new Response` throws of this status, or these headers. */
  constructor(
    answer: Answer<CallInfo>,
    net: object,
    body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null,
  ) {
    const { status, headers } = answer
    super(null, { status, headers })
    this.#answer = answer
    this.#net = net
    if (body instanceof Uint8Array) this.#whole = body
    else this.#streamed = new Response(body, { status, headers })
  }

  /** What a response of this net answers; undefined of one from elsewhere, and of a clone. */
  static answer(response: object, net: object): Answer<CallInfo> | undefined {
    return #net in response && response.#net === net ? response.#answer : undefined
  }

  get body(): Response['body'] {
    return this.#withStream().body
  }

  get bodyUsed(): boolean {
    return this.#streamed?.bodyUsed ?? this.#isRead
  }

  async text(): Promise<string> {
    return this.#streamed === undefined ? UTF8.decode(this.#read()) : this.#streamed.text()
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text())
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#streamed === undefined ? this.#read() : new Uint8Array(await this.#streamed.arrayBuffer())
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const { buffer, byteOffset, length } = await this.bytes()
    return length === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + length)
  }

  blob(): Promise<Blob> {
    return this.#withStream().blob()
  }

  formData(): Promise<FormData> {
    return this.#withStream().formData()
  }

  clone(): Response {
    return this.#withStream().clone()
  }

  #read(): Uint8Array<ArrayBuffer> {
    if (this.#isRead || this.#whole === undefined) throw new TypeError('Body is unusable: it was read already')
    this.#isRead = true
    return this.#whole
  }

  #withStream(): Response {
    if (this.#streamed !== undefined) return this.#streamed
    const { status, headers } = this
    const streamed = new Response(this.#whole, { status, headers })
    if (this.#isRead) void streamed.arrayBuffer()
    this.#streamed = streamed
    return streamed
  }
}
