import {
  digestOf,
  HitherError,
  hashRequest,
  makeReceipt,
  readWhole,
  type Answer,
  type Body,
  type CallHeader,
  type CallProgress,
  type Clock,
  type ErrorCode,
  type Manifest,
  type Observation,
  type Options,
  type RunnerState,
  type WholeAnswer,
} from '@hither/core'
import { router, scores } from '@hither/router'
import { memoryBlocks, memoryNames } from '@hither/store'
import type { CallParams, CallResult, CallStory } from '../src/api.ts'
import { call } from '../src/call.ts'
import { deadlines } from '../src/call/deadline.ts'
import type { CallComponents } from '../src/call/journey.ts'
import { keyedCalls } from '../src/call/keyed.ts'
import { waitingRoom } from '../src/call/waiting.ts'
import { digestWhole } from '../src/digest.ts'
import { functions } from '../src/functions.ts'
import { resolver } from '../src/resolve.ts'
import type { Foreseen } from '../src/serve/expect.ts'
import { systemTimers, type Timers } from '../src/timers.ts'
import { expected, fakeLinks, idleState, metrics, record, seal, signer, silent, testFunction } from './fakes.ts'

/** A caller and its runners, as objects: what a call does is all real, what it waits for takes no time. */

export type Act = (header: CallHeader, body: Body, options?: Options) => Promise<Answer>
type WholeAct = (header: CallHeader, body: Body) => Promise<WholeAnswer>

/** A runner's honest answer. */
export const answers =
  (runner: string, text = 'ok'): WholeAct =>
  async (header, body) => {
    const response = { status: 200, headers: [] }
    const responseBody = new TextEncoder().encode(text)
    const { cid, method, url, headers } = header
    const requestDigest = await digestOf(await readWhole(body))
    const responseDigest = await digestOf(responseBody)
    const requestHash = hashRequest({ method, url, headers }, requestDigest, digestWhole)
    const facts = { cid, runner, runMs: 1, cpuMs: 1, requestHash, response, responseDigest }
    return {
      head: response,
      body: responseBody,
      trailer: { metrics, receipt: makeReceipt(facts, digestWhole), seal: Promise.resolve(seal) },
    }
  }

export const fails =
  (code: ErrorCode): Act =>
  () =>
    Promise.reject(new HitherError(code, `it said ${code}`))

export interface Network {
  called: string[]
  ask: (params?: Partial<CallParams>, options?: Options<CallProgress>) => Promise<CallResult>
  /** What the calls told of their steps. */
  events: CallProgress[]
  /** A runner that comes up later, the farthest of all. */
  appear: (peer: string, act: Act) => void
  /** Its newest word. */
  says: (peer: string, state: RunnerState) => void
  /** What the calls go by. */
  on: CallComponents
  now: Clock
  /** How the calls went, as it is kept. */
  stories: CallStory[]
  /** What the router was told of calls. */
  seen: Observation[]
  /** Distances that calls taught the router. */
  rtts: number[]
  /** Calls whose receipts are kept. */
  kept: string[]
  /** Functions that this peer was told to be ready for. */
  expecting: Foreseen[]
}

interface Time {
  now: Clock
  timers: Timers
}

/** Nothing takes time but what is waited for, and that no longer than until it is clear that nothing else happens. */
function hurriedTime(): Time {
  let time = 0
  let hurrying = false
  const waiting = new Set<{ at: number; run: () => void }>()
  const hurry = (): void => {
    const [next] = [...waiting].toSorted((a, b) => a.at - b.at)
    hurrying = next !== undefined
    if (next === undefined) return
    waiting.delete(next)
    time = next.at
    next.run()
    setImmediate(hurry)
  }
  return {
    now: () => time,
    timers: {
      after(ms, run) {
        const one = { at: time + ms, run }
        waiting.add(one)
        if (!hurrying) setImmediate(hurry)
        hurrying = true
        return () => waiting.delete(one)
      },
    },
  }
}

/** Runners in the order of their distance, each acting as told. */
export async function network(
  acts: Record<string, Act>,
  manifest: Partial<Manifest> = {},
  joiningMs = 0,
  time: Time = hurriedTime(),
): Promise<Network> {
  const me = await signer(1)
  const { cid, blocks: made } = await testFunction('x', manifest)
  const blocks = memoryBlocks({ capBytes: 1e6 })
  for (const block of made) await blocks.put(block.cid, block.bytes)
  const names = memoryNames()
  await names.put(await record(me, 'x', 1, cid))

  const called: string[] = []
  const seen: Observation[] = []
  const stories: CallStory[] = []
  const rtts: number[] = []
  const kept: string[] = []
  const expecting: Foreseen[] = []
  const placement = router()({ random: () => 0.5 })
  const links = fakeLinks()
  const appear: Network['appear'] = (peer, act) => {
    placement.observe({ type: 'up', peer }, 0)
    for (let n = 0; n < 10; n++) placement.observe({ type: 'rtt', peer, ms: 10 + 20 * links.peers.size }, 0)
    placement.observe({ type: 'state', peer, state: idleState }, 0)
    const told: Act = (header, body, options) => {
      called.push(peer)
      return act(header, body, options)
    }
    links.peers.set(peer, { rttMs: 10, call: told })
    links.emit({ type: 'up', peer })
  }
  for (const [peer, act] of Object.entries(acts)) appear(peer, act)
  const { now, timers } = time
  const joining = expected(joiningMs)
  const parts = { names, links, joining, now, log: silent }
  const on: CallComponents = {
    ...parts,
    placement: {
      route: (query, at) => placement.route(query, at),
      knows: (peer) => placement.knows(peer),
      isAlone: (peer) => placement.isAlone(peer),
      observe(observation, at) {
        seen.push(observation)
        if (observation.type === 'rtt') rtts.push(observation.ms)
        placement.observe(observation, at)
      },
    },
    resolver: resolver({ self: me.publisher, aliases: new Map(), ...parts }),
    functions: functions({ blocks, links, now: () => 0, log: silent }),
    aliases: new Map(),
    receipts: {
      keep: ({ call: id }) => void kept.push(id),
      find: () => Promise.reject(new Error('nobody looks for one')),
      flush: async () => {},
    },
    waiting: waitingRoom(timers),
    keyed: keyedCalls(now),
    timers,
    deadlines: deadlines(systemTimers, now),
    presence: { begin() {}, end() {}, wasAway: () => false },
    scores: scores(),
    random: () => 0.5,
    stories: {
      keep: (story) => void stories.push(story),
      find: () => Promise.reject(new Error('nobody asks')),
      flush: async () => {},
    },
    wallClock: () => 42,
    newId: () => `call-${called.length}`,
    expect: (foreseen) => void expecting.push(foreseen),
    send: (...args) => links.call(...args),
  }
  const events: CallProgress[] = []
  const onProgress = (event: CallProgress): void => void events.push(event)
  return {
    called,
    seen,
    stories,
    rtts,
    kept,
    expecting,
    events,
    on,
    now,
    appear,
    says: (peer, state) => void links.peers.set(peer, { ...links.peers.get(peer), state }),
    ask: async (params, options = {}) =>
      (await call(on, { target: 'x', ...params }, { onProgress, ...options })).result,
  }
}
