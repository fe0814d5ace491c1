import {
  encodeScheduled,
  HitherError,
  NO_HANDLER_HEADER,
  readWhole,
  SCHEDULED_HEADER,
  toHitherError,
  TIERS,
  type Body,
  type CallProgress,
  type Tier,
} from '@hither/core'
import type { CallParams, CallReport, CallResult, CompleteCall } from '@hither/peer'
import { fileBody } from '../input.ts'
import { duration, durationOrOff, flag, JOINING, positionals, text, texts } from '../options.ts'
import { clean } from '../terminal/output.ts'
import { doubts } from '../terminal/name-words.ts'
import { receiptJson } from '../terminal/receipt-json.ts'
import { step, unknownPeers } from '../terminal/why-words.ts'
import { ms, shortPeer } from '../terminal/words.ts'
import type { OptionValues, Verb } from '../verb.ts'

/** How to say whom one means. */
const WHOM = 'a peer id, label:gpu, tier:filtered or publisher:KEY'

export const verb: Verb = {
  usage: 'invoke NAME|CID [CRON]',
  summary: 'call a function on the nearest idle runner',
  options: {
    path: { type: 'string', short: 'p', value: 'PATH', help: 'path and query of the request; / by default' },
    method: { type: 'string', short: 'X', value: 'METHOD', help: 'GET, or POST where there is data' },
    data: { type: 'string', short: 'd', value: 'DATA', help: 'body: a text, @FILE, or - for stdin' },
    header: { type: 'string', short: 'H', multiple: true, value: 'NAME: VALUE', help: 'a request header' },
    scheduled: { type: 'boolean', help: 'call `scheduled` as its clock would, for this CRON if one is given' },
    deadline: { type: 'string', value: 'TIME', help: 'give up after, such as 500ms or 30s' },
    wait: {
      type: 'string',
      value: 'TIME',
      help: 'wait so long, inside the deadline, for a runner that has a place; 1s by default, or off',
    },
    hedge: {
      type: 'string',
      value: 'TIME',
      help: 'send a second copy after so long without an answer, where it may run twice; or off',
    },
    key: {
      type: 'string',
      value: 'KEY',
      help: 'idempotency key: repeated with it, the call goes to the runner that had it, which answers again and runs nothing',
    },
    prefer: { type: 'string', multiple: true, value: 'WHOM', help: `run it there, if that is possible now: ${WHOM}` },
    require: {
      type: 'string',
      multiple: true,
      value: 'WHOM',
      help: 'run it only there; of several, on one that is all of it',
    },
    label: { type: 'string', multiple: true, value: 'LABEL', help: 'run it only on a runner that has this label' },
    tier: {
      type: 'string',
      value: 'TIER',
      help: `run it only in a jail of this tier or a harder one: ${TIERS.join(', ')}`,
    },
    avoid: { type: 'string', multiple: true, value: 'WHOM', help: 'do not run it there' },
    ...JOINING,
  },
  async run({ args, options, out, signal, session }) {
    const scheduled = flag(options, 'scheduled')
    const [target, cron = ''] = positionals(
      verb,
      args,
      scheduled && args.length > 1 ? ['NAME|CID', 'CRON'] : ['NAME|CID'],
    )
    const params = scheduled ? scheduledParams(await paramsOf(target, options), cron) : await paramsOf(target, options)
    const api = await session()
    if (params.idempotencyKey !== undefined && (await api.id()).peer === undefined) {
      out.note('no peer runs on this machine, so each command calls as a new one: no runner will know the key again')
    }
    const all = flag(options, 'verbose')
    const note = notes((line) => out.note(line))
    const onProgress = (event: CallProgress): void => {
      if (all && USUAL.has(event.type)) out.note(step(event))
      note(event)
    }
    const result = await api.call(params, { signal, onProgress }).catch((thrown: unknown) => {
      const { data } = toHitherError(thrown)
      if (typeof data?.['call'] === 'string') out.note(`what happened: fn why ${data['call']}`)
      throw thrown
    })
    if (result.headers.some(([name]) => name === NO_HANDLER_HEADER)) throw await noHandler(result)
    if (out.json) {
      const { ended: _, report, ...head } = result
      const body = await readWhole(head.body)
      out.result(jsonOf({ ...head, ...(await report), body }), () => '')
      return
    }
    const last = await out.stream(result.body)
    if (process.stdout.isTTY && last !== 0x0a) await out.stream(Uint8Array.of(0x0a))
    out.note(summary(result, await result.report))
  },
}

async function paramsOf(target: string, options: OptionValues): Promise<CallParams> {
  const data = text(options, 'data')
  const method = methodOf(text(options, 'method'), data !== undefined)
  const body = data === undefined ? undefined : await bodyOf(data)
  const path = text(options, 'path')
  const deadlineMs = duration(options, 'deadline')
  const idempotencyKey = text(options, 'key')
  const waitMs = durationOrOff(options, 'wait')
  const hedge = durationOrOff(options, 'hedge')
  const tier = tierOf(text(options, 'tier'))
  return {
    target,
    method,
    headers: texts(options, 'header').map(headerOf),
    prefer: texts(options, 'prefer'),
    avoid: texts(options, 'avoid'),
    require: texts(options, 'require'),
    labels: texts(options, 'label'),
    ...(path !== undefined && { path }),
    ...(body !== undefined && { body }),
    ...(deadlineMs !== undefined && { deadlineMs }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(waitMs !== undefined && { waitMs }),
    ...(hedge !== undefined && { hedge: hedge === 0 ? false : hedge }),
    ...(tier !== undefined && { tier }),
  }
}

function scheduledParams(params: CallParams, cron: string): CallParams {
  const event = encodeScheduled({ cron, scheduledTime: Date.now() })
  return { ...params, method: 'POST', headers: [...(params.headers ?? []), [SCHEDULED_HEADER, event]] }
}

function tierOf(word: string | undefined): Tier | undefined {
  const tier = TIERS.find((one) => one === word)
  if (word === undefined || tier !== undefined) return tier
  throw new HitherError('usage', `"${word}" is no tier of a jail`, { fix: `use one of ${TIERS.join(', ')}` })
}

/** A file or stdin is read only as far as the runner asks. */
async function bodyOf(data: string): Promise<Body> {
  if (data === '-') return process.stdin
  return data.startsWith('@') ? fileBody(data.slice(1)) : new TextEncoder().encode(data)
}

/** As the web's `fetch` has it. Throws `usage`. */
function methodOf(given: string | undefined, hasBody: boolean): string {
  const method = given ?? (hasBody ? 'POST' : 'GET')
  if (!hasBody || !BODILESS.has(method.toUpperCase())) return method
  throw new HitherError('usage', `a request with the method ${method} has no body`, {
    fix: 'leave out --data, or choose another method with -X',
  })
}

const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/** Nothing of the handler has run: what came is hither's own word. */
async function noHandler({ body }: CallResult): Promise<HitherError> {
  const message = new TextDecoder().decode(await readWhole(body, NO_HANDLER_MAX_BYTES)).trim()
  // An answer to HEAD comes without its words.
  return new HitherError('handler-invalid', message === '' ? 'this function answers no requests' : message)
}

/** It lists all functions that a handler exports. */
const NO_HANDLER_MAX_BYTES = 64 * 1024

function headerOf(line: string): [string, string] {
  const colon = line.indexOf(':')
  if (colon < 1) throw new HitherError('usage', `"${line}" is no header`, { fix: "write it as -H 'name: value'" })
  return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]
}

/** Steps of every call, told only to those who ask for more. */
const USUAL: ReadonlySet<string> = new Set<CallProgress['type']>(['call:resolved', 'call:routed', 'call:answered'])

/** What is worth a line of each step. A call that waits asks the same runners again and again: what one says is told once. */
function notes(print: (line: string) => void): (event: CallProgress) => void {
  const told = new Set<string>()
  const once = (event: Extract<CallProgress, { type: 'call:refused' | 'call:failed' }>): void => {
    const { type, peer, code, message } = event
    const said = JSON.stringify([type, peer, code, message])
    if (!told.has(said)) print(step(event))
    told.add(said)
  }
  return (event) => {
    if (event.type === 'call:resolved' && event.record !== undefined) doubts(event.record).forEach(print)
    if (event.type === 'call:waiting') print(`waiting: ${event.why}${whom(event.who)}`)
    if (event.type === 'call:unknown-peers') print(`${unknownPeers(event.peers)} (fn peers lists those with a link)`)
    if (event.type === 'call:hedged') {
      print(`a second copy goes to ${shortPeer(event.peer)}: no answer in ${ms(event.afterMs)}`)
    }
    if (event.type === 'call:refused' || event.type === 'call:failed') once(event)
  }
}

function whom(peers: readonly string[] = []): string {
  return peers.length === 0 ? '' : ` (${peers.map(shortPeer).join(', ')})`
}

function summary({ call, status, peer, rttMs }: CallResult, { cold, phases, receipt }: CallReport): string {
  const far = rttMs === undefined ? 'this machine' : `${ms(rttMs)} away`
  const runner = phases.fetchMs + phases.queueMs + phases.startMs + phases.runMs
  return `${status} from ${shortPeer(peer)}, ${far}: ${ms(phases.totalMs)} (network ${ms(phases.networkMs)}, runner ${ms(runner)}${cold ? ', cold' : ''}); call ${call}${'unsealed' in receipt ? `, which has no receipt: ${clean(receipt.unsealed)}` : ''}`
}

/** The body as text where it is text, else in base64url; which of the two is said. */
function jsonOf({ body, receipt, ...others }: CompleteCall): unknown {
  const rest = { ...others, receipt: 'unsealed' in receipt ? receipt : receiptJson(receipt) }
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
