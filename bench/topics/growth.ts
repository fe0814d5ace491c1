import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connectControl, homePaths } from '@hither/peer'
import type { RunningPeer } from '../../examples/demo/fn.ts'
import { part, type AtEnd } from '../measure/at-end.ts'
import { failuresOf, type Load } from '../measure/load.ts'
import { median } from '../measure/numbers.ts'
import { addressOf, joining, peers, type Peers } from '../measure/peers.ts'
import { program, type Program } from '../measure/program.ts'
import { interleaved } from '../measure/rounds.ts'
import type { Burst, Product, Reaching } from '../programs/caller.ts'
import type { Gathering } from '../programs/crowd.ts'
import { plot, type Line } from '../report/plot.ts'
import type { Bench, Findings, Topic } from './topic.ts'

/** Calls/s and p99 as more of everything is there: callers, runners, functions, peers that are known. It has no bar, and no short form. */

const SIZES = {
  callers: [1, 4, 16, 64],
  runners: [1, 2, 4],
  functions: [1, 10, 100, 500],
  'known peers': [3, 10, 50],
}
type Axis = keyof typeof SIZES

const BURST_MS = 600
/** Of the lines where the callers are not what grows. */
const CONCURRENCY = 16
const WARM_MS = 4_000
/** Calling each of the functions once takes as long as it takes. */
const EACH_MAX_MS = 120_000

/** A stretch of calls at one size. */
type Turn = () => Promise<Load>

interface Point {
  size: number
  perSecond: number
  p99: number
  failed: number
  said: string
}

export const topic: Topic = {
  async run(bench): Promise<Findings> {
    const stage = await start(bench, Math.max(...SIZES.functions))
    const axes: Record<Axis, (atEnd: AtEnd) => Promise<[size: number, turn: Turn][]>> = {
      callers: (atEnd) => callers(stage, atEnd),
      functions: (atEnd) => functions(stage, atEnd),
      'known peers': (atEnd) => knownPeers(stage, atEnd),
      runners: (atEnd) => runners(atEnd),
    }
    const lines: Record<string, Point[]> = {}
    for (const [axis, begin] of Object.entries(axes)) {
      bench.note(axis)
      await part(bench.atEnd, async (atEnd) => {
        const turns = await begin(atEnd)
        const found = await interleaved<string, Load>(Object.fromEntries(turns), bench.rounds, bench.random)
        lines[axis] = turns.map(([size]) => pointOf(size, found[size] ?? []))
      })
    }
    if (bench.results !== undefined) await writeFile(join(bench.results, 'growth.svg'), plotOf(lines))
    return { figures: [], measures: Object.entries(lines).flatMap(([axis, points]) => measuresOf(axis, points)) }
  },
}

async function callers({ at }: Stage, atEnd: AtEnd): Promise<[number, Turn][]> {
  const app = await warmApp({ ...at, callers: Math.max(...SIZES.callers) }, atEnd)
  return SIZES.callers.map((size) => [size, () => burst(app, { callers: size, concurrency: size, fns: 1 })])
}

async function functions({ at }: Stage, atEnd: AtEnd): Promise<[number, Turn][]> {
  const app = await warmApp(at, atEnd)
  return SIZES.functions.map((fns) => [
    fns,
    async () => {
      // Those of the turn before may have taken the place of these.
      await burst(app, { fns, enough: fns, forMs: EACH_MAX_MS })
      return burst(app, { fns })
    },
  ])
}

/** The others run nothing and say nothing: what is to be seen is what a link that is kept costs the calls on another. */
async function knownPeers({ at, runner }: Stage, atEnd: AtEnd): Promise<[number, Turn][]> {
  const crowd = await program('crowd', atEnd)
  const count = Math.max(...SIZES['known peers']) - 1
  const others = await crowd.ask<string[]>('gather', { count, join: runner, listen: true } satisfies Gathering)
  const turns: [number, Turn][] = []
  for (const size of SIZES['known peers']) {
    const before = await crowd.ask<number>('links')
    const app = await warmApp({ ...at, addresses: [runner, ...others.slice(0, size - 1)] }, atEnd)
    const linked = 1 + (await crowd.ask<number>('links')) - before
    if (linked !== size) throw new Error(`the app has ${linked} peers in place of ${size}`)
    turns.push([size, () => burst(app, { fns: 1 })])
  }
  return turns
}

async function runners(atEnd: AtEnd): Promise<[number, Turn][]> {
  const turns: [number, Turn][] = []
  for (const size of SIZES.runners) turns.push([size, await runnersOf(size, atEnd)])
  return turns
}

/** Those of each size know nobody else: an app calls any runner that it hears of, also one that was meant for another size. */
async function runnersOf(size: number, atEnd: AtEnd): Promise<Turn> {
  const net = await peers(atEnd)
  const lends = ['--volunteer', '--trust', await net.publisher('app')]
  const all = [await net.up('runner-0', lends)]
  while (all.length < size) all.push(await net.up(`runner-${all.length}`, [...lends, ...joining(...all)]))
  const handler = join(net.folder, 'f1.ts')
  await writeFile(handler, sourceOf(1))
  await net.fn('app', ['deploy', handler, ...joining(...all)])
  const app = await warmApp({ home: net.home('app'), addresses: all.map(addressOf), fns: ['f1'] }, atEnd)
  return () => burst(app, {})
}

function burst(app: Program, what: Partial<Burst>): Promise<Load> {
  return app.ask<Load>('burst', { concurrency: CONCURRENCY, forMs: BURST_MS, ...what } satisfies Burst)
}

async function warmApp(at: Product, atEnd: AtEnd): Promise<Program> {
  const app = await program('caller', atEnd)
  await app.ask('reach', { way: 'hither', ...at } satisfies Reaching)
  await burst(app, { forMs: WARM_MS, fns: 1 })
  return app
}

interface Stage {
  /** How an app calls all of the functions at the one runner. */
  at: Product
  runner: string
}

async function start({ atEnd, note }: Bench, count: number): Promise<Stage> {
  note('starting')
  const net = await peers(atEnd)
  const peer = await net.up('runner', ['--volunteer', '--trust', await net.publisher('app')])
  const fns = await deployAll(net, peer, count, note)
  const runner = addressOf(peer)
  return { at: { home: net.home('app'), addresses: [runner], fns }, runner }
}

/** By a peer of the publisher that stays, so that each takes as long as a deploy and not as long as a command. */
async function deployAll(net: Peers, runner: RunningPeer, count: number, note: Bench['note']): Promise<string[]> {
  const publisher = await net.up('app', joining(runner))
  const api = await connectControl(homePaths(net.home('app')).socket)
  if (api === undefined) throw new Error('the publisher’s peer does not answer')
  const folder = join(net.folder, 'functions')
  await mkdir(folder)
  const names: string[] = []
  for (let one = 1; one <= count; one++) {
    const entry = join(folder, `f${one}.ts`)
    await writeFile(entry, sourceOf(one))
    await api.deploy({ entry, name: `f${one}` })
    names.push(`f${one}`)
    if (one % 100 === 0) note(`${one} functions are deployed`)
  }
  api.close()
  await publisher.end()
  return names
}

function sourceOf(one: number): string {
  return `export default () => new Response('ok ${one}')\n`
}

function pointOf(size: number, rounds: Load[]): Point {
  const of = (field: 'perSecond' | 'p99'): number => median(rounds.map((one) => one[field]))
  return { size, perSecond: of('perSecond'), p99: of('p99'), ...failuresOf(rounds) }
}

function measuresOf(axis: string, points: Point[]): Findings['measures'] {
  const [first] = points
  return points.flatMap(({ size, ...found }) => {
    const beside = (field: 'perSecond' | 'p99') =>
      first === undefined || first.size === size ? {} : { reference: { name: `${first.size}`, value: first[field] } }
    const id = `growth/${axis.replaceAll(' ', '-')}/${size}`
    return [
      {
        id: `${id}/calls`,
        what: `${size} ${axis}: calls/s`,
        value: found.perSecond,
        unit: 'calls/s',
        ...beside('perSecond'),
      },
      { id: `${id}/p99`, what: `${size} ${axis}: p99`, value: found.p99, unit: 'ms', ...beside('p99') },
      {
        id: `${id}/failed`,
        what: `${size} ${axis}: failed calls${found.said}`,
        value: found.failed,
        unit: 'in all rounds',
      },
    ]
  })
}

function plotOf(lines: Record<string, Point[]>): string {
  const of = (field: 'perSecond' | 'p99'): Line[] =>
    Object.entries(lines).map(([name, points]) => ({ name, points: points.map((one) => [one.size, one[field]]) }))
  return plot([
    { title: 'calls/s', lines: of('perSecond') },
    { title: 'p99, ms', lines: of('p99') },
  ])
}
