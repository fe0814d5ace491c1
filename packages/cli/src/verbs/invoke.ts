import { createReadStream } from 'node:fs'
import { BODY_MAX_BYTES, concat, HitherError, type CallProgress } from '@hither/core'
import type { CallParams, CallResult } from '@hither/peer'
import { duration, JOINING, positionals, text, texts } from '../options.ts'
import { clean } from '../terminal/output.ts'
import { doubts } from '../terminal/name-words.ts'
import { ms, shortPeer } from '../terminal/words.ts'
import type { OptionValues, Verb } from '../verb.ts'

export const verb: Verb = {
  usage: 'invoke NAME|CID',
  summary: 'call a function on the nearest idle runner',
  options: {
    path: { type: 'string', short: 'p', value: 'PATH', help: 'path and query of the request; / by default' },
    method: { type: 'string', short: 'X', value: 'METHOD', help: 'GET, or POST where there is data' },
    data: { type: 'string', short: 'd', value: 'DATA', help: 'body: a text, @FILE, or - for stdin' },
    header: { type: 'string', short: 'H', multiple: true, value: 'NAME: VALUE', help: 'a request header' },
    deadline: { type: 'string', value: 'TIME', help: 'give up after, such as 500ms or 30s' },
    key: {
      type: 'string',
      value: 'KEY',
      help: 'idempotency key: when this peer repeats the call on one runner, the answer is replayed',
    },
    ...JOINING,
  },
  async run({ args, options, out, signal, session }) {
    const [target] = positionals(verb, args, ['NAME|CID'])
    const params = await paramsOf(target, options)
    const api = await session()
    if (params.idempotencyKey !== undefined && (await api.id()).peer === undefined) {
      out.note('no peer runs on this machine, so each command calls as a new one: no runner will know the key again')
    }
    const onProgress = (event: CallProgress): void => note(event, (line) => out.note(line))
    const result = await api.call(params, { signal, onProgress })
    if (out.json) {
      out.result(jsonOf(result), () => '')
      return
    }
    out.note(summary(result))
    out.bytes(result.body)
    if (process.stdout.isTTY && result.body.at(-1) !== 0x0a) out.bytes(Uint8Array.of(0x0a))
  },
}

async function paramsOf(target: string, options: OptionValues): Promise<CallParams> {
  const data = text(options, 'data')
  const body = data === undefined ? undefined : await bodyOf(data)
  const path = text(options, 'path')
  const deadlineMs = duration(options, 'deadline')
  const idempotencyKey = text(options, 'key')
  return {
    target,
    method: text(options, 'method') ?? (body === undefined ? 'GET' : 'POST'),
    headers: texts(options, 'header').map(headerOf),
    ...(path !== undefined && { path }),
    ...(body !== undefined && { body }),
    ...(deadlineMs !== undefined && { deadlineMs }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  }
}

async function bodyOf(data: string): Promise<Uint8Array> {
  if (data === '-') return readAll(process.stdin)
  if (!data.startsWith('@')) return new TextEncoder().encode(data)
  try {
    return await readAll(createReadStream(data.slice(1)))
  } catch (cause) {
    if (cause instanceof HitherError) throw cause
    throw new HitherError('usage', `the file "${data.slice(1)}" cannot be read`, { why: String(cause), cause })
  }
}

/** Stops at the largest body there may be: who pipes a disk in must not fill the memory first. */
async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    chunks.push(chunk)
    size += chunk.length
    if (size > BODY_MAX_BYTES) throw new HitherError('too-large', `the body has more than ${BODY_MAX_BYTES} bytes`)
  }
  return concat(chunks, size)
}

function headerOf(line: string): [string, string] {
  const colon = line.indexOf(':')
  if (colon < 1) throw new HitherError('usage', `"${line}" is no header`, { fix: "write it as -H 'name: value'" })
  return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]
}

function note(event: CallProgress, print: (line: string) => void): void {
  if (event.type === 'call:resolved' && event.record !== undefined) doubts(event.record).forEach(print)
  if (event.type === 'call:waiting') print(`waiting: ${event.why}`)
  if (event.type === 'call:refused') print(`${shortPeer(event.peer)} refused: ${clean(event.message)} (${event.code})`)
  if (event.type === 'call:failed') print(`${shortPeer(event.peer)} failed: ${clean(event.message)} (${event.code})`)
}

function summary({ status, peer, rttMs, cold, phases }: CallResult): string {
  const far = rttMs === undefined ? 'this machine' : `${ms(rttMs)} away`
  const runner = phases.fetchMs + phases.queueMs + phases.startMs + phases.runMs
  return `${status} from ${shortPeer(peer)}, ${far}: ${ms(phases.totalMs)} (network ${ms(phases.networkMs)}, runner ${ms(runner)}${cold ? ', cold' : ''})`
}

/** The body as text where it is text, else in base64url; which of the two is said. */
function jsonOf(result: CallResult): unknown {
  const { body, ...rest } = result
  try {
    return {
      ...rest,
      body: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body),
      bodyEncoding: 'utf-8',
    }
  } catch {
    return { ...rest, body: Buffer.from(body).toString('base64url'), bodyEncoding: 'base64url' }
  }
}
