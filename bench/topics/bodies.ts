import { fileURLToPath } from 'node:url'
import { failuresOf, type Load } from '../measure/load.ts'
import { median } from '../measure/numbers.ts'
import { addressOf, joining, peers } from '../measure/peers.ts'
import { program } from '../measure/program.ts'
import { interleaved } from '../measure/rounds.ts'
import { WARM, WARM_MS } from '../measure/warm.ts'
import type { Beside, BodiesAt, Flow } from '../programs/bodies.ts'
import type { Measure, Reference } from '../report/report.ts'
import type { Findings, Topic } from './topic.ts'

/** How fast bodies flow through caller, runner and handler beside a bare libp2p stream, and what small calls wait beside them. */

const STREAMS = fileURLToPath(new URL('../../test/handlers/streams', import.meta.url))
const FLOWS: Flow[] = ['an answer', 'a request', 'both, echoed']
const MB = 1_000_000
const BESIDE_BYTES = 64 * 1024 * 1024
const FLOW_MB = { quick: 8, full: 32 }
const BESIDE_MS = { quick: 500, full: 1_500 }

export const topic: Topic = {
  async run({ atEnd, note, quick, random, rounds }): Promise<Findings> {
    const length = quick ? 'quick' : 'full'
    const bytes = FLOW_MB[length] * MB
    note('starting')
    const net = await peers(atEnd)
    const runner = await net.up('runner', ['--volunteer', '--trust', await net.publisher('app')])
    await net.fn('app', ['deploy', STREAMS, ...joining(runner)])
    const { bare } = await (await program('echoes', atEnd)).ask<{ bare: string }>('where')
    const app = await program('bodies', atEnd)
    await app.ask('reach', { home: net.home('app'), addresses: [addressOf(runner)], bare } satisfies BodiesAt)

    note('throughput')
    const ways: Record<string, () => Promise<number>> = { bare: () => app.ask<number>('bare', bytes) }
    for (const what of FLOWS) ways[what] = () => app.ask<number>('flow', { what, bytes })
    for (const run of Object.values(ways)) await run()
    const took = await interleaved(ways, rounds, random)
    const speed = (way: string): number => bytes / 1_000 / median(took[way] ?? [])
    const flows: Omit<Measure, 'topic'>[] = FLOWS.map((what) => ({
      id: `bodies/${what.replaceAll(/\W+/g, '-')}`,
      what: `${what} of ${FLOW_MB[length]} MB`,
      value: speed(what),
      unit: 'MB/s',
      reference: { name: 'a bare libp2p stream, read one way', value: speed('bare') },
    }))

    note('small calls beside bodies')
    const beside = (what?: Flow): Promise<Beside> =>
      app.ask<Beside>('beside', { bytes: BESIDE_BYTES, forMs: BESIDE_MS[length], ...(what !== undefined && { what }) })
    const cases = { idle: () => beside(), answer: () => beside('an answer'), request: () => beside('a request') }
    const warm = await app.ask<Load>('warm', { ...WARM, forMs: WARM_MS[length] })
    if (warm.failed > 0) throw new Error(`a small call failed: ${warm.failure}`)
    const small = await interleaved(cases, rounds, random)
    const of = (name: keyof typeof cases, field: 'p50' | 'p99'): number => median(small[name].map((one) => one[field]))
    const idle = (field: 'p50' | 'p99'): Reference => ({ name: 'no body flows', value: of('idle', field) })
    const waits = (['answer', 'request'] as const).flatMap((name) =>
      (['p50', 'p99'] as const).map((field): Omit<Measure, 'topic'> => ({
        id: `bodies/small-beside-${name}/${field}`,
        what: `a small call while a 64 MB ${name} flows: ${field}`,
        value: of(name, field),
        unit: 'ms',
        reference: idle(field),
      })),
    )
    const flowed = (['answer', 'request'] as const).map((name): Omit<Measure, 'topic'> => ({
      id: `bodies/small-beside-${name}/flowed`,
      what: `how much of the ${name} flows beside the small calls`,
      value: median(small[name].map(({ bytesPerSecond }) => bytesPerSecond)) / MB,
      unit: 'MB/s',
      reference: { name: 'no call beside it', value: speed(`${name === 'answer' ? 'an' : 'a'} ${name}`) },
    }))
    const { failed, said } = failuresOf(Object.values(small).flat())
    const failures = {
      id: 'bodies/small/failed',
      what: `small calls that failed${said}`,
      value: failed,
      unit: 'in all rounds',
    }
    // The direction in which it waits longer is the one to judge.
    const worst = Math.max(of('answer', 'p50'), of('request', 'p50'))
    return {
      figures: [{ id: 'small-beside-body', value: worst, reference: idle('p50') }],
      measures: [...flows, ...waits, ...flowed, failures],
    }
  },
}
