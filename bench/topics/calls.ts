import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { failuresOf, type Load } from '../measure/load.ts'
import { median } from '../measure/numbers.ts'
import { addressOf, joining, peers } from '../measure/peers.ts'
import { cpuUsOf } from '../measure/proc.ts'
import { program, type Program } from '../measure/program.ts'
import { interleaved } from '../measure/rounds.ts'
import { WARM, WARM_MS } from '../measure/warm.ts'
import type { Burst, Reaching, Way } from '../programs/caller.ts'
import type { FigureId } from '../report/bars.ts'
import type { Found, Measure, Reference } from '../report/report.ts'
import type { Bench, Findings, Topic } from './topic.ts'

/** Calls over the network: from an app in one process to a runner in another, beside echoes and HTTP between two processes, and a relay with a third behind it. */

/** No bar is for the last two. */
const WAYS: Record<'quick' | 'full', Way[]> = {
  quick: ['hither', 'long-lived stream', 'new stream'],
  full: ['hither', 'long-lived stream', 'new stream', 'relay', 'node:http'],
}
const CONCURRENCIES = [1, 16, 64]

/** A round is long enough for the kernel's ticks of 10 ms to say what it cost; a quick one, to a tenth. */
const ROUND_MS = { quick: 300, full: 700 }

interface Sides {
  near: Program
  /** The process on the far side; all that it started counts. */
  far: number
}

interface Round extends Load {
  farUs: number
}

export const topic: Topic = {
  async run(bench) {
    const length = bench.quick ? 'quick' : 'full'
    const ways = WAYS[length]
    const sides = await start(ways, bench)
    const findings: Findings = { figures: [], measures: [] }
    for (const way of ways) await round(sides[way], { ...WARM, forMs: WARM_MS[length] })
    for (const concurrency of CONCURRENCIES) {
      bench.note(`${concurrency} at once`)
      const turns = Object.fromEntries(
        ways.map((way) => [way, () => round(sides[way], { concurrency, forMs: ROUND_MS[length] })]),
      ) as Record<Way, () => Promise<Round>>
      const found = await interleaved(turns, bench.rounds, bench.random)
      findings.figures.push(...figuresAt(concurrency, found))
      findings.measures.push(...measuresAt(ways, concurrency, found))
    }
    return findings
  },
}

async function start(ways: Way[], { atEnd, note }: Bench): Promise<Record<Way, Sides>> {
  note('starting')
  const net = await peers(atEnd)
  const runner = await net.up('runner', ['--volunteer', '--trust', await net.publisher('app')])
  const handler = join(net.folder, 'ok.ts')
  await writeFile(handler, `export default () => new Response('ok')\n`)
  await net.fn('app', ['deploy', handler, ...joining(runner)])
  const echoes = await program('echoes', atEnd)
  const where = await echoes.ask<{ libp2p: string; relay: string; http: number }>('where')
  const to = { home: net.home('app'), addresses: [addressOf(runner)], fns: ['ok'], ...where }
  const sides = await Promise.all(
    ways.map(async (way): Promise<[Way, Sides]> => {
      const near = await program('caller', atEnd)
      await near.ask('reach', { ...to, way } satisfies Reaching)
      return [way, { near, far: way === 'hither' ? runner.pid : echoes.pid }]
    }),
  )
  return Object.fromEntries(sides) as Record<Way, Sides>
}

async function round({ near, far }: Sides, burst: Burst): Promise<Round> {
  const before = cpuUsOf(far)
  const load = await near.ask<Load>('burst', burst)
  return { ...load, farUs: (cpuUsOf(far) - before) / Math.max(1, load.calls + load.failed) }
}

function figuresAt(concurrency: number, found: Record<Way, Round[]>): Found[] {
  const figure = (id: FigureId, field: 'p50' | 'perSecond', way: Way): Found[] => [
    { id, value: of(found.hither, field), reference: { name: way, value: of(found[way], field) } },
  ]
  if (concurrency === 1) return figure('remote-p50-c1', 'p50', 'long-lived stream')
  if (concurrency === 16) return figure('remote-p50-c16', 'p50', 'long-lived stream')
  return figure('remote-rate-c64', 'perSecond', 'new stream')
}

const MEASURED = {
  p50: ['p50', 'ms'],
  p99: ['p99', 'ms'],
  perSecond: ['calls/s', 'calls/s'],
  cpuUs: ['caller CPU', 'µs/call'],
  farUs: ['CPU of who is called, all its processes', 'µs/call'],
} as const

function measuresAt(ways: Way[], concurrency: number, found: Record<Way, Round[]>): Omit<Measure, 'topic'>[] {
  const reference = (field: keyof typeof MEASURED): Reference => ({
    name: 'long-lived stream',
    value: of(found['long-lived stream'], field),
  })
  const fields = Object.keys(MEASURED) as (keyof typeof MEASURED)[]
  return ways.flatMap((way) => {
    const id = `calls/${way.replaceAll(/\W/g, '-')}/c${concurrency}`
    const what = `${way}, ${concurrency} at once`
    const { failed, said } = failuresOf(found[way])
    return [
      ...fields.map((field) => ({
        id: `${id}/${field}`,
        what: `${what}: ${MEASURED[field][0]}`,
        value: of(found[way], field),
        unit: MEASURED[field][1],
        ...(way !== 'long-lived stream' && { reference: reference(field) }),
      })),
      { id: `${id}/failed`, what: `${what}: failed calls${said}`, value: failed, unit: 'in all rounds' },
    ]
  })
}

function of(rounds: Round[], field: keyof typeof MEASURED): number {
  return median(rounds.map((one) => one[field]))
}
