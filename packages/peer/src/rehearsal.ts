import {
  DEFAULT_LIMITS,
  manifestBlock,
  blockOf,
  type Block,
  type Manifest,
  type Runner,
  type RunnerState,
} from '@hither/core'
import { router, scores } from '@hither/router'
import { memoryBlocks, memoryNames } from '@hither/store'
import { call } from './call.ts'
import { callIds } from './call/ids.ts'
import { deadlines } from './call/deadline.ts'
import type { CallComponents } from './call/journey.ts'
import { presence } from './call/presence.ts'
import { waitingRoom } from './call/waiting.ts'
import { functions } from './functions.ts'
import { REHEARSALS } from './limits.ts'
import type { Parts } from './parts.ts'
import { resolver } from './resolve.ts'
import { serveCall, type ServeCallComponents } from './serve/call.ts'
import { toll } from './serve/toll.ts'
import type { Timers } from './timers.ts'

const nothing = (): void => undefined

/** Nothing of it lasts. */
const timers: Timers = { after: () => nothing }

/** What a rehearsal asks of the peer. */
type Asked = Pick<Parts, 'signer' | 'links' | 'joining' | 'receipts' | 'stories' | 'log' | 'now' | 'wallClock'>

type Serving = ServeCallComponents & { state(): RunnerState }

/**
 * Calls functions of ours here, each for the first time, and serves the calls, up to what would run them: what V8 has never run it has
 * to compile, and runs slowly at first. It is seen by nobody: what it goes by and what it teaches is made for it and forgotten again,
 * and of the peer's own parts it only asks.
 */
export async function rehearse(parts: Asked, serving: Serving): Promise<void> {
  const { now, log, links, joining } = parts
  const own = { names: memoryNames(), links, joining, now, log }
  const found = functions({ ...own, blocks: memoryBlocks({ capBytes: 0 }) })
  const placement = router()({ random: Math.random })
  const runner = player(serving.runner)
  const serve = serveCall({
    ...serving,
    runner,
    run: toll({ runner, timers, now, freed: nothing }).run,
    functions: found,
    vouchers: { ...serving.vouchers, known: () => parts.signer.publisher },
    draining: () => false,
    taking: () => true,
    called: nothing,
  })
  const on: CallComponents = {
    ...own,
    resolver: resolver({ self: parts.signer.publisher, aliases: new Map(), ...own }),
    functions: found,
    aliases: new Map(),
    placement,
    receipts: { ...parts.receipts, keep: nothing },
    stories: { ...parts.stories, keep: nothing },
    waiting: waitingRoom(timers),
    timers,
    scores: scores(),
    deadlines: deadlines(timers, now),
    presence: presence(timers, now),
    random: Math.random,
    newId: callIds(),
    send: (peer, header, body, { signal }) =>
      serve(peer, header, body, { signal: signal ?? new AbortController().signal }),
    wallClock: parts.wallClock,
  }
  placement.observe({ type: 'up', peer: links.self }, now())
  placement.observe({ type: 'rtt', peer: links.self, ms: 0 }, now())
  placement.observe({ type: 'state', peer: links.self, state: { ...serving.state(), accepting: true } }, now())
  for (let at = 0; at < REHEARSALS; at++) {
    const blocks = await functionOf(`rehearsal ${at}`)
    const [{ cid }] = blocks
    found.learn(cid, blocks)
    await call(on, { target: cid.toString() }, {})
  }
}

async function functionOf(code: string): Promise<[manifest: Block, bundle: Block]> {
  const bundle = await blockOf(new TextEncoder().encode(code), 'raw')
  const manifest: Manifest = {
    bundle: bundle.cid,
    exports: ['default'],
    limits: { ...DEFAULT_LIMITS },
    egress: [],
    effects: 'undeclared',
    needs: [],
    env: {},
    visibility: 'public',
    compat: '2026-01-01',
  }
  return [await manifestBlock(manifest), bundle]
}

/** What a runner says of itself, and an answer to all that it is to run. */
function player(runner: Runner): Runner {
  const metrics = { fetchMs: 0, queueMs: 0, startMs: 1, runMs: 1, cpuMs: 1, cold: true }
  return {
    jail: () => runner.jail(),
    load: () => runner.load(),
    isWarm: () => false,
    async run(job) {
      await job.code()
      return { status: 200, headers: [['content-type', 'text/plain']], body: new Uint8Array(1), metrics }
    },
    start: async () => undefined,
    stop: async () => undefined,
    lend: nothing,
    interrupt: nothing,
  }
}
