import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connectControl, homePaths } from '@hither/peer'
import type { RunningPeer } from '../../examples/demo/fn.ts'
import { failuresOf, type Load } from '../measure/load.ts'
import { median } from '../measure/numbers.ts'
import { addressOf, joining, peers, type Peers } from '../measure/peers.ts'
import { program, type Program } from '../measure/program.ts'
import { interleaved } from '../measure/rounds.ts'
import type { Burst, Reaching } from '../programs/caller.ts'
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

const BURST_MS = 1_000
/** Of the lines where the callers are not what grows. */
const CONCURRENCY = 16
const WARM_MS = 5_000

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
    const axes: Record<Axis, () => Promise<Map<number, () => Promise<Load>>>> = {
      callers: async () => {
        const app = await stage.app({ callers: Math.max(...SIZES.callers) })
        return each(SIZES.callers, (callers) => burst(app, { callers, concurrency: callers, fns: 1 }))
      },
      functions: async () => {
        const app = await stage.app()
        bench.note('calling each of the functions once')
        await burst(app, { concurrency: CONCURRENCY, enough: Math.max(...SIZES.functions), forMs: 120_000 })
        return each(SIZES.functions, (fns) => burst(app, { fns, concurrency: CONCURRENCY }))
      },
      'known peers': () => stage.knowing(SIZES['known peers']),
      runners: () => stage.among(SIZES.runners),
    }
    const lines: Record<string, Point[]> = {}
    for (const [axis, begin] of Object.entries(axes)) {
      bench.note(axis)
      const ways = await begin()
      const found = await interleaved(
        Object.fromEntries([...ways].map(([size, run]) => [`${size}`, run])),
        bench.rounds,
        bench.random,
      )
      lines[axis] = [...ways.keys()].map((size) => pointOf(size, found[`${size}`] ?? []))
    }
    if (bench.results !== undefined) await writeFile(join(bench.results, 'growth.svg'), plotOf(lines))
    return { figures: [], measures: Object.entries(lines).flatMap(([axis, points]) => measuresOf(axis, points)) }

    function burst(app: Program, what: Partial<Burst>): Promise<Load> {
      return app.ask<Load>('burst', { concurrency: CONCURRENCY, forMs: BURST_MS, ...what } satisfies Burst)
    }
  },
}

interface Stage {
  /** Calls all of the functions, at the first runner. */
  app(changes?: { callers?: number; addresses?: string[] }): Promise<Program>
  knowing(counts: number[]): Promise<Map<number, () => Promise<Load>>>
  among(counts: number[]): Promise<Map<number, () => Promise<Load>>>
}

async function start(bench: Bench, functions: number): Promise<Stage> {
  const { atEnd, note } = bench
  note('starting')
  const net = await peers(atEnd)
  const lends = ['--volunteer', '--trust', await net.publisher('app')]
  const runner = await net.up('runner', lends)
  const fns = await deployAll(net, runner, functions, note)

  async function app({ callers = 1, addresses = [addressOf(runner)] } = {}): Promise<Program> {
    const one = await program('caller', atEnd)
    await one.ask('reach', { way: 'hither', home: net.home('app'), addresses, fns, callers } satisfies Reaching)
    await one.ask('burst', { concurrency: CONCURRENCY, forMs: WARM_MS, fns: 1 } satisfies Burst)
    return one
  }
  const oneFunction = (at: Program) => (): Promise<Load> =>
    at.ask<Load>('burst', { concurrency: CONCURRENCY, forMs: BURST_MS, fns: 1 } satisfies Burst)

  return {
    app,
    async knowing(counts) {
      const crowd = await program('crowd', atEnd)
      const others = await crowd.ask<string[]>('gather', {
        count: Math.max(...counts),
        join: addressOf(runner),
        listen: true,
      } satisfies Gathering)
      const ways = new Map<number, () => Promise<Load>>()
      for (const count of counts) {
        // The runner is one of them.
        const addresses = [addressOf(runner), ...others.slice(0, count - 1)]
        ways.set(count, oneFunction(await app({ addresses })))
      }
      return ways
    },
    async among(counts) {
      const all = [runner]
      while (all.length < Math.max(...counts)) {
        all.push(await net.up(`runner-${all.length}`, [...lends, ...joining(runner)]))
      }
      const ways = new Map<number, () => Promise<Load>>()
      for (const count of counts)
        ways.set(count, oneFunction(await app({ addresses: all.slice(0, count).map(addressOf) })))
      return ways
    },
  }
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
    await writeFile(entry, `export default () => new Response('ok ${one}')\n`)
    await api.deploy({ entry, name: `f${one}` })
    names.push(`f${one}`)
    if (one % 100 === 0) note(`${one} functions are deployed`)
  }
  api.close()
  await publisher.end()
  return names
}

function each(sizes: number[], run: (size: number) => Promise<Load>): Map<number, () => Promise<Load>> {
  return new Map(sizes.map((size) => [size, () => run(size)]))
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
