import { HitherError } from '@hither/core'
import type { Net } from 'hither'
import { bareReader } from '../../packages/net/test/helpers/bare-stream.ts'
import { load, type Load, type LoadInit } from '../measure/load.ts'
import { serveTasks } from '../measure/tasks.ts'
import { product, type ProductAt } from './support/ways.ts'

/** An app that sends and reads large bodies, and small ones beside them; and reads as many bytes from a bare stream. */

export type Flow = 'an answer' | 'a request' | 'both, echoed'

export interface BodiesAt extends ProductAt {
  bare: string
}

/** What small calls did, and how many bytes of a body flowed beside them. */
export interface Beside extends Load {
  bytesPerSecond: number
}

/** Of a body that is one of many. */
interface Along {
  signal?: AbortSignal
  /** Hears of each piece that the app has read, or has had taken from it. */
  passed?: (bytes: number) => void
}

const FN = 'streams'
const PIECE = new Uint8Array(64 * 1024)

let net: Net | undefined
let bare: Awaited<ReturnType<typeof bareReader>> | undefined

function zeros(bytes: number, { passed }: Along): ReadableStream<Uint8Array> {
  let left = bytes
  return new ReadableStream({
    pull(controller) {
      const piece = PIECE.subarray(0, Math.max(0, left))
      if (piece.length > 0) controller.enqueue(piece)
      else controller.close()
      left -= piece.length
      passed?.(piece.length)
    },
  })
}

async function ask(path: string, body?: ReadableStream, { signal }: Along = {}): Promise<Response> {
  if (net === undefined) throw new Error('reach something first')
  const init = { ...(signal && { signal }), ...(body && { method: 'POST', body }) }
  const response = await net.fetch(FN, path, init)
  // What is refused is answered soon, and would pass for fast.
  if (response.status !== 200) throw new Error(`${path} was answered with status ${response.status}`)
  return response
}

async function lengthOf(response: Response, { passed }: Along = {}): Promise<number> {
  let bytes = 0
  for await (const piece of response.body ?? []) {
    bytes += piece.length
    passed?.(piece.length)
  }
  return bytes
}

async function flow(what: Flow, bytes: number, along: Along = {}): Promise<void> {
  const came = await bytesOf(what, bytes, along)
  if (came !== bytes) throw new Error(`${came} bytes came of ${bytes}: ${what}`)
}

/** How many bytes arrived at whoever reads last: of a request, at the handler. */
async function bytesOf(what: Flow, bytes: number, along: Along): Promise<number> {
  if (what === 'an answer') return lengthOf(await ask(`/make?bytes=${bytes}`, undefined, along), along)
  const body = zeros(bytes, along)
  if (what === 'both, echoed') return lengthOf(await ask('/echo', body, along))
  const { bytes: counted } = (await (await ask('/count', body, along)).json()) as { bytes: number }
  return counted
}

async function small(): Promise<void> {
  const text = await (await ask('/ok')).text()
  if (text !== 'ok') throw new Error(`the small call was answered with "${text}"`)
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const at = performance.now()
  await run()
  return performance.now() - at
}

/** Until the signal, which ends the last one. */
async function again(run: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await run()
    } catch (thrown) {
      if (!signal.aborted || !(thrown instanceof HitherError)) throw thrown
    }
  }
}

serveTasks({
  async reach({ bare: address, ...at }: BodiesAt) {
    net = await product(at)
    bare = await bareReader(address)
  },
  flow: ({ what, bytes }: { what: Flow; bytes: number }) => timed(() => flow(what, bytes)),
  bare: (bytes: number) => timed(async () => bare?.read(bytes)),
  /** Small calls, one at a time, while such a body flows again and again; undefined: none does. */
  async beside({ what, bytes, forMs }: { what?: Flow; bytes: number; forMs: number }): Promise<Beside> {
    const over = new AbortController()
    const { signal } = over
    let flowed = 0
    const along = { signal, passed: (some: number): void => void (flowed += some) }
    const startedAt = performance.now()
    const flowing = what === undefined ? undefined : again(() => flow(what, bytes, along), signal)
    const found = await load({ call: small, concurrency: 1, forMs })
    const bytesPerSecond = (1000 * flowed) / (performance.now() - startedAt)
    over.abort()
    await flowing
    return { ...found, bytesPerSecond }
  },
  /** Small calls alone, many at once, until all that they run through is compiled. */
  warm: (burst: Omit<LoadInit, 'call'>): Promise<Load> => load({ call: small, ...burst }),
})
