import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Burst, Noted, Product, Reaching } from '../programs/caller.ts'
import type { Gathering } from '../programs/crowd.ts'
import type { AtEnd } from './at-end.ts'
import type { Load } from './load.ts'
import { addressOf, joining, peers } from './peers.ts'
import { program, type Program } from './program.ts'
import { WARM, WARM_MS } from './warm.ts'

/** Networks of a size, each by itself, with an app that calls. */

const BURST_MS = 500
/** Where the callers are not what grows. */
const CONCURRENCY = 16
/** Enough calls to warm a runner take longer than a run has time for; several share the calls, and have more of it. */
const WARM_EACH_MS = 8_000
/** Until an app knows all runners there are. */
const KNOWN_MAX_MS = 30_000
/** However many an app knows, a call weighs no more. */
const WEIGHED_MAX = 24
const LOOK_MS = 300

/** What each of them knows is its own size: a runner keeps its links to all callers, and an app hears of all runners. */
export interface Size {
  runners?: number
  callers?: number
  /** Others that call themselves runners. */
  dear?: number
  /** Of the calls that warm them. */
  concurrency?: number
}

/** Gives the app, which is warm and knows all of them. */
export async function networkOf(
  { runners: count = 1, callers: many = 1, dear = 0, concurrency = CONCURRENCY }: Size,
  atEnd: AtEnd,
): Promise<Program> {
  const net = await peers(atEnd)
  const lends = ['--volunteer', '--trust', await net.publisher('app')]
  const first = await net.up('runner-0', lends)
  const all = [first]
  while (all.length < count) all.push(await net.up(`runner-${all.length}`, [...lends, ...joining(...all)]))
  const handler = join(net.folder, 'f1.ts')
  await writeFile(handler, sourceOf(1))
  await net.fn('app', ['deploy', handler, ...joining(...all)])
  const at = { home: net.home('app'), addresses: all.map(addressOf), fns: ['f1'], callers: many }
  const warming = { runners: count, concurrency }
  if (dear === 0) return warmApp(at, atEnd, warming)
  const crowd = await program('crowd', atEnd)
  const gathering: Gathering = { count: dear, join: addressOf(first) }
  at.addresses.push(...(await crowd.ask<string[]>('gather', gathering)))
  const before = await crowd.ask<number>('links')
  const app = await warmApp(at, atEnd, warming)
  await until(async () => (await crowd.ask<number>('links')) - before >= dear, app)
  await until(async () => (await app.ask<Noted>('noted')).candidates >= Math.min(count + dear, WEIGHED_MAX), app)
  return app
}

/** Calls until it is so. */
async function until(known: () => Promise<boolean>, app: Program): Promise<void> {
  for (const giveUpAt = performance.now() + KNOWN_MAX_MS; !(await known());) {
    if (performance.now() > giveUpAt) throw new Error('the app does not know all peers that are there')
    await burst(app, { forMs: LOOK_MS })
  }
}

export function burst(app: Program, what: Partial<Burst> = {}): Promise<Load> {
  return app.ask<Load>('burst', { concurrency: CONCURRENCY, forMs: BURST_MS, ...what } satisfies Burst)
}

type Warming = Pick<Size, 'runners' | 'concurrency'>

export async function warmApp(
  at: Product,
  atEnd: AtEnd,
  { runners = 1, concurrency = CONCURRENCY }: Warming = {},
): Promise<Program> {
  const app = await program('caller', atEnd)
  await app.ask('reach', { way: 'hither', notes: true, ...at } satisfies Reaching)
  const forMs = Math.min(WARM_EACH_MS * runners, WARM_MS.full)
  await burst(app, { enough: WARM.enough * runners, forMs, fns: 1, concurrency })
  return app
}

export function sourceOf(one: number): string {
  return `export default () => new Response('ok ${one}')\n`
}
