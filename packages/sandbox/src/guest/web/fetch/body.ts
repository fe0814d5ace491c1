import { TextEncoder } from '@exodus/bytes/encoding.js'
import { extractBody, type ExtractedBody } from 'undici/lib/web/fetch/body.js'
import type { ReadableStream } from 'web-streams-polyfill'
import { WHOLE_BYTES_MAX } from '../../wall/limits.ts'
import { typeOfView } from '../brands.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** What a request sends: nothing, bytes that are here, or pieces that are made as they go. */
export type Sending = Bytes | ReadableStream<unknown> | undefined

const encoder = new TextEncoder()

/** The body of a request that may have to be sent more than once. */
export class RequestBody {
  readonly #body: ExtractedBody | null
  #whole: Bytes | undefined
  #sent = false

  constructor(body: ExtractedBody | null) {
    this.#body = body
  }

  /** What to send, and of what type it is where that changes. Throws where it cannot be had again. */
  async sending(): Promise<{ sending: Sending; type?: string }> {
    const body = this.#body
    if (body === null) return { sending: undefined }
    if (this.#whole === undefined && isShort(body)) this.#whole = await read(body)
    if (this.#whole !== undefined) return { sending: this.#whole }
    if (!this.#sent) {
      this.#sent = true
      return { sending: body.stream }
    }
    if (body.source === null)
      throw new TypeError('fetch failed: the redirect wants the body of the request again, but that was a stream')
    const [again, type] = extractBody(body.source)
    return { sending: again.stream, ...(type?.startsWith('multipart/') === true && { type }) }
  }

  cancel(reason: unknown): void {
    const stream = this.#body?.stream
    if (stream === undefined || stream.locked) return
    void stream.cancel(reason).catch(() => {
      // Its source fails to stop; it is left behind either way.
    })
  }
}

function isShort({ source, length }: ExtractedBody): boolean {
  if (typeof source === 'string') return source.length <= WHOLE_BYTES_MAX / 3
  return source !== null && length !== null && length <= WHOLE_BYTES_MAX
}

async function read({ source, stream }: ExtractedBody): Promise<Bytes> {
  if (typeof source === 'string') return encoder.encode(source)
  if (typeOfView(source) === 'Uint8Array') return source as Bytes
  const reader = stream.getReader()
  let all = new Uint8Array(0)
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return all
    const piece = value as Bytes
    const more = new Uint8Array(all.length + piece.length)
    more.set(all)
    more.set(piece, all.length)
    all = more
  }
}
