import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connectControl, homePaths } from '@hither/peer'
import type { RunningPeer } from '../../examples/demo/fn.ts'
import { part, type AtEnd } from '../measure/at-end.ts'
import { failuresOf, type Load } from '../measure/load.ts'
import { median } from '../measure/numbers.ts'
import { burst, networkOf, sourceOf, warmApp } from '../measure/networks.ts'
import { addressOf, joining, peers, type Peers } from '../measure/peers.ts'
import { interleaved } from '../measure/rounds.ts'
import type { Noted, Product } from '../programs/caller.ts'
import { plot, type Line } from '../report/plot.ts'
import type { Bench, Findings, Topic } from './topic.ts'

/** Calls/s and p99 as more of everything is there: callers, runners, functions, peers that are known. It has no bar, and no short form. */

const SIZES = {
  callers: [1, 8, 64],
  runners: [1, 2, 4],
  functions: [1, 50, 500],
  'known peers': [3, 10, 50],
}
type Axis = keyof typeof SIZES

/** Calling each of the functions once takes as long as it takes. */
const EACH_MAX_MS = 120_000

/** Then all sizes are as warm as those whose first calls took long. */
const AGAIN_MS = 300
/** More than a runner of two cores takes and lets wait at once, 64 and 16, however quick it is: so the next has its part. */
const FILLING = 96
/** Deploys at once. */
const DEPLOYING = 4

/** A stretch of calls at one size. */
type Turn = () => Promise<Stretch>

interface Stretch extends Load {
  /** The runners that answered, where that is told. */
  answered?: string[]
}

interface Point {
  size: number
  perSecond: number
  p99: number
  answered: number
  failed: number
  said: string
}

export const topic: Topic = {
  async run(bench): Promise<Findings> {
    const axes: Record<Axis, (atEnd: AtEnd) => Promise<[size: number, turn: Turn][]>> = {
      callers,
      functions: (atEnd) => functions({ ...bench, atEnd }),
      'known peers': knownPeers,
      runners,
    }
    const lines: Record<string, Point[]> = {}
    for (const [axis, begin] of Object.entries(axes)) {
      bench.note(axis)
      await part(bench.atEnd, async (atEnd) => {
        const turns = await begin(atEnd)
        const found = await interleaved<string, Stretch>(Object.fromEntries(turns), bench.rounds, bench.random)
        lines[axis] = turns.map(([size]) => pointOf(size, found[size] ?? []))
        if (axis === 'runners') expectSeveral(lines[axis])
      })
    }
    if (bench.results !== undefined) await writeFile(join(bench.results, 'growth.svg'), plotOf(lines))
    return { figures: [], measures: Object.entries(lines).flatMap(([axis, points]) => measuresOf(axis, points)) }
  },
}

async function callers(atEnd: AtEnd): Promise<[number, Turn][]> {
  return eachOf(SIZES.callers, async (size) => {
    const app = await networkOf({ callers: size }, atEnd)
    return () => burst(app, { concurrency: size })
  })
}

async function runners(atEnd: AtEnd): Promise<[number, Turn][]> {
  return eachOf(SIZES.runners, async (size) => {
    const app = await networkOf({ runners: size, concurrency: FILLING }, atEnd)
    await app.ask('noted')
    return async () => {
      const found = await burst(app, { concurrency: FILLING })
      return { ...found, answered: Object.keys((await app.ask<Noted>('noted')).answered) }
    }
  })
}

/** One after the other: each of them is started, and warm, when the next begins. */
async function eachOf(sizes: number[], begin: (size: number) => Promise<Turn>): Promise<[number, Turn][]> {
  const turns: [number, Turn][] = []
  for (const size of sizes) turns.push([size, await begin(size)])
  return turns
}

async function functions(bench: Bench): Promise<[number, Turn][]> {
  const app = await warmApp(await deployed(bench, Math.max(...SIZES.functions)), bench.atEnd)
  return SIZES.functions.map((fns) => [
    fns,
    async () => {
      // Those of the turn before may have taken the place of these.
      await burst(app, { fns, enough: fns, forMs: EACH_MAX_MS })
      await burst(app, { fns, forMs: AGAIN_MS })
      return burst(app, { fns })
    },
  ])
}

/** The others are runners too, by their own word, and too dear to be called: what is to be seen is what it costs to know them. */
async function knownPeers(atEnd: AtEnd): Promise<[number, Turn][]> {
  return eachOf(SIZES['known peers'], async (size) => {
    const app = await networkOf({ dear: size - 1 }, atEnd)
    return () => burst(app)
  })
}

/** Gives how an app calls all of so many functions at the one runner. */
async function deployed({ atEnd, note }: Bench, count: number): Promise<Product> {
  const net = await peers(atEnd)
  const peer = await net.up('runner', ['--volunteer', '--trust', await net.publisher('app')])
  const fns = await deployAll(net, peer, count, note)
  return { home: net.home('app'), addresses: [addressOf(peer)], fns }
}

/** By a peer of the publisher that stays, so that each takes as long as a deploy and not as long as a command. */
async function deployAll(net: Peers, runner: RunningPeer, count: number, note: Bench['note']): Promise<string[]> {
  const publisher = await net.up('app', joining(runner))
  const api = await connectControl(homePaths(net.home('app')).socket)
  if (api === undefined) throw new Error('the publisher’s peer does not answer')
  const folder = join(net.folder, 'functions')
  await mkdir(folder)
  const names = Array.from({ length: count }, (_, at) => `f${at + 1}`)
  const left = names.entries()
  const deploying = async (): Promise<void> => {
    // Shared by all who deploy.
    for (const [at, name] of left) {
      const entry = join(folder, `${name}.ts`)
      await writeFile(entry, sourceOf(at + 1))
      await api.deploy({ entry, name })
      if ((at + 1) % 100 === 0) note(`${at + 1} functions are deployed`)
    }
  }
  await Promise.all(Array.from({ length: DEPLOYING }, deploying))
  api.close()
  await publisher.end()
  return names
}

/** A line of more runners that all hang on one would grow by nothing. */
function expectSeveral(points: Point[]): void {
  for (const { size, answered } of points) {
    if (answered < Math.min(size, 2)) throw new Error(`of ${size} runners ${answered} answered`)
  }
}

function pointOf(size: number, rounds: Stretch[]): Point {
  const of = (field: 'perSecond' | 'p99'): number => median(rounds.map((one) => one[field]))
  const answered = new Set(rounds.flatMap((one) => one.answered ?? [])).size
  return { size, perSecond: of('perSecond'), p99: of('p99'), answered, ...failuresOf(rounds) }
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
      ...(found.answered > 0
        ? [
            {
              id: `${id}/answered`,
              what: `${size} ${axis}: how many of them answered`,
              value: found.answered,
              unit: 'in all rounds',
            },
          ]
        : []),
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
