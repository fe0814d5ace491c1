import {
  digestOf,
  HitherError,
  makeReceipt,
  readWhole,
  type Answer,
  type Body,
  type CallHeader,
  type ErrorCode,
  type Manifest,
  type WholeAnswer,
} from '@hither/core'
import { router } from '@hither/router'
import { memoryBlocks, memoryNames } from '@hither/store'
import { expect, test } from 'vitest'
import type { CallParams, CallResult } from '../src/api.ts'
import { call } from '../src/call.ts'
import type { CallComponents } from '../src/call/journey.ts'
import { functions } from '../src/functions.ts'
import { resolver } from '../src/resolve.ts'
import { expected, fakeLinks, idleState, metrics, record, seal, signer, silent, testFunction } from './fakes.ts'

type Act = (header: CallHeader, body: Body) => Promise<Answer>
type WholeAct = (header: CallHeader, body: Body) => Promise<WholeAnswer>

/** A runner's honest answer. */
const answers =
  (runner: string, text = 'ok'): WholeAct =>
  async (header, body) => {
    const response = { status: 200, headers: [] }
    const responseBody = new TextEncoder().encode(text)
    const { cid, method, url, headers } = header
    const request = { method, url, headers }
    const requestDigest = await digestOf(await readWhole(body))
    const responseDigest = await digestOf(responseBody)
    const facts = { cid, runner, runMs: 1, cpuMs: 1, request, requestDigest, response, responseDigest }
    return { head: response, body: responseBody, trailer: { metrics, receipt: await makeReceipt(facts), seal } }
  }

const fails =
  (code: ErrorCode): Act =>
  () =>
    Promise.reject(new HitherError(code, `it said ${code}`))

interface Network {
  called: string[]
  ask: (params?: Partial<CallParams>) => Promise<CallResult>
  /** A runner that comes up later, the farthest of all. */
  appear: (peer: string, act: Act) => void
  /** Distances that calls taught the router. */
  rtts: number[]
  /** Calls whose receipts are kept. */
  kept: string[]
}

/** Runners in the order of their distance, each acting as told. */
async function network(acts: Record<string, Act>, manifest: Partial<Manifest> = {}, joiningMs = 0): Promise<Network> {
  const me = await signer(1)
  const { cid, blocks: made } = await testFunction('x', manifest)
  const blocks = memoryBlocks({ capBytes: 1e6 })
  for (const block of made) await blocks.put(block.cid, block.bytes)
  const names = memoryNames()
  await names.put(await record(me, 'x', 1, cid))

  const called: string[] = []
  const rtts: number[] = []
  const kept: string[] = []
  const placement = router()({ random: () => 0.5 })
  const links = fakeLinks()
  const appear: Network['appear'] = (peer, act) => {
    placement.observe({ type: 'up', peer }, 0)
    for (let n = 0; n < 10; n++) placement.observe({ type: 'rtt', peer, ms: 10 + 20 * links.peers.size }, 0)
    placement.observe({ type: 'state', peer, state: idleState }, 0)
    const told: Act = (header, body) => {
      called.push(peer)
      return act(header, body)
    }
    links.peers.set(peer, { rttMs: 10, call: told })
    links.emit({ type: 'up', peer })
  }
  for (const [peer, act] of Object.entries(acts)) appear(peer, act)
  const now = (): number => 0
  const joining = expected(joiningMs)
  const parts = { names, links, joining, now, log: silent }
  const on: CallComponents = {
    ...parts,
    placement: {
      route: (query, at) => placement.route(query, at),
      observe(observation, at) {
        if (observation.type === 'rtt') rtts.push(observation.ms)
        placement.observe(observation, at)
      },
    },
    resolver: resolver({ self: me.publisher, aliases: new Map(), ...parts }),
    functions: functions({ blocks, links, log: silent }),
    receipts: { keep: ({ call: id }) => void kept.push(id), find: () => expect.unreachable(), flush: async () => {} },
    newId: () => `call-${called.length}`,
    send: (...args) => links.call(...args),
  }
  return { called, rtts, kept, appear, ask: (params) => call(on, { target: 'x', ...params }, {}) }
}

test('the nearest runner answers, and nobody else is asked', async () => {
  const { ask, called } = await network({ near: answers('near'), far: answers('far') })
  const result = await ask()
  expect(result).toMatchObject({ status: 200, peer: 'near', attempts: [{ peer: 'near', outcome: 'answered' }] })
  expect(new TextDecoder().decode(await readWhole(result.body))).toBe('ok')
  expect(called).toEqual(['near'])
})

test.each([
  'busy',
  'draining',
  'not-volunteering',
  'not-admitted',
  'unknown-function',
  'unsupported',
  'peer-unreachable',
] as const)('after %s any call goes to the next: nothing ran', async (code) => {
  const { ask, called } = await network({ near: fails(code), far: answers('far') })
  const result = await ask({ method: 'POST' })
  expect(result.attempts).toMatchObject([{ outcome: code }, { outcome: 'answered' }])
  expect(called).toEqual(['near', 'far'])
})

test.each(['link-lost', 'sandbox-crashed', 'bad-answer'] as const)(
  'after %s only a call that may be repeated goes to the next',
  async (code) => {
    const runners = { near: fails(code), far: answers('far') }
    for (const [params, manifest] of [
      [{ method: 'GET' }, {}],
      [{ method: 'head' }, {}],
      [{ method: 'POST' }, { effects: 'pure' }],
      [{ method: 'POST' }, { effects: 'idempotent' }],
    ] as const) {
      const { ask } = await network(runners, manifest)
      expect(await ask(params)).toMatchObject({ peer: 'far' })
    }
    const { ask, called } = await network(runners)
    await expect(ask({ method: 'POST', idempotencyKey: 'k' })).rejects.toMatchObject({ code })
    expect(called).toEqual(['near'])
  },
)

test.each(['handler-failed', 'limit-cpu', 'limit-memory', 'handler-invalid', 'result-too-large'] as const)(
  'after %s no call goes anywhere: it would end the same way',
  async (code) => {
    const { ask, called } = await network({ near: fails(code), far: answers('far') })
    await expect(ask()).rejects.toMatchObject({ code, data: { attempts: [{ outcome: code }] } })
    expect(called).toEqual(['near'])
  },
)

test('an answer for another function, runner or body, or without receipt, is no answer', async () => {
  const forgeries: Act[] = [
    answers('someone-else'),
    async (header, body) => ({ ...(await answers('near')(header, body)), body: new Uint8Array(3) }),
    async (header, body) => {
      const { trailer, ...answer } = await answers('near')(header, body)
      const { seal: _, ...unsigned } = trailer
      return { ...answer, trailer: unsigned }
    },
    async (header, body) => answers('near')({ ...header, url: `${header.url}x` }, body),
    async (header, body) => {
      const { head, body: bytes } = await answers('near')(header, body)
      return { ...(head && { head }), body: bytes, trailer: { metrics } }
    },
  ]
  for (const forged of forgeries) {
    const { ask, called } = await network({ near: forged, far: answers('far') })
    expect(await ask()).toMatchObject({ peer: 'far', attempts: [{ outcome: 'bad-answer' }, { outcome: 'answered' }] })
    called.length = 0
    const again = await network({ near: forged, far: answers('far') })
    await expect(again.ask({ method: 'POST' })).rejects.toMatchObject({ code: 'bad-answer' })
    expect(again.called).toEqual(['near'])
  }
})

test('when all refuse, the error says who said what', async () => {
  const { ask } = await network({ near: fails('busy'), far: fails('not-admitted') })
  await expect(ask()).rejects.toMatchObject({
    code: 'no-runner',
    name: 'NoRunner',
    data: {
      tried: [
        { peer: 'near', code: 'busy' },
        { peer: 'far', code: 'not-admitted' },
      ],
    },
  })
})

test('the handler’s own error comes with its name, its data and the attempts', async () => {
  const thrown: Act = async () => ({
    body: new Uint8Array(0),
    trailer: { metrics, error: { code: 'handler-failed', message: 'RangeError: no', data: { name: 'RangeError' } } },
  })
  const { ask } = await network({ near: thrown })
  await expect(ask()).rejects.toMatchObject({
    code: 'handler-failed',
    data: { name: 'RangeError', attempts: [{ outcome: 'handler-failed' }] },
  })
})

test('in the first moments online, a refusal is not the last word: the next runner to appear is tried', async () => {
  const { ask, appear } = await network({ near: fails('not-admitted') }, {}, 1000)
  const answer = ask()
  await new Promise((resolve) => setImmediate(resolve))
  appear('late', answers('late'))
  expect(await answer).toMatchObject({ peer: 'late', attempts: [{ outcome: 'not-admitted' }, { outcome: 'answered' }] })
})

test('a runner cannot lie itself nearer than heartbeats measure it', async () => {
  const liar: Act = async (header, body) => {
    const answer = await answers('far')(header, body)
    return { ...answer, trailer: { ...answer.trailer, metrics: { ...metrics, queueMs: 1e6 } } }
  }
  const { ask, rtts } = await network({ far: liar })
  await ask()
  expect(rtts).toEqual([])
})

test('a request that is none is refused before anything is sent', async () => {
  const { ask, called } = await network({ near: answers('near') })
  await expect(ask({ headers: [['bad name', 'x']] })).rejects.toMatchObject({ code: 'usage' })
  await expect(ask({ method: 'G T' })).rejects.toMatchObject({ code: 'usage' })
  expect(called).toEqual([])
})

test('a path must start with a slash, before anything is sent', async () => {
  const { ask, called } = await network({ near: answers('near') })
  await expect(ask({ path: 'x' })).rejects.toMatchObject({ code: 'usage' })
  expect(called).toEqual([])
})

test('the request reaches the runner as it was asked', async () => {
  let seen: CallHeader | undefined
  const { ask } = await network({
    near: (header, body) => {
      seen = header
      return answers('near')(header, body)
    },
  })
  const { publisher } = await signer(1)
  await ask({ method: 'post', path: '/a?b=1', headers: [['x', 'y']], idempotencyKey: 'k', deadlineMs: 5000 })
  expect(seen).toMatchObject({
    method: 'POST',
    url: `http://x.${publisher}.localhost/a?b=1`,
    headers: [['x', 'y']],
    publisher,
    idempotencyKey: 'k',
    remainingMs: 5000,
    hop: 0,
  })
})

test.each([
  ['hello.localhost:4280', 'hello.localhost:4280'],
  ['[::1]:4280', '[::1]:4280'],
  ['evil/path?x=', undefined],
  ['user@host', undefined],
])('a request that names the host %s has the URL of it, where it is one', async (host, taken) => {
  let seen: CallHeader | undefined
  const { ask } = await network({
    near: (header, body) => {
      seen = header
      return answers('near')(header, body)
    },
  })
  const { publisher } = await signer(1)
  await ask({ path: '/a', headers: [['Host', host]] })
  expect(seen?.url).toBe(`http://${taken ?? `x.${publisher}.localhost`}/a`)
})
