import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Exchange } from '../http/exchange.ts'
import { part } from '../measure/at-end.ts'
import { median } from '../measure/numbers.ts'
import { peers, type Peers } from '../measure/peers.ts'
import { cpuUsOf } from '../measure/proc.ts'
import { program, type Program } from '../measure/program.ts'
import { interleaved } from '../measure/rounds.ts'
import type { ColdCall, Opening } from '../programs/peer.ts'
import { bundled, handlerFile } from '../references/bundled.ts'
import { loaderOf, type Server } from '../references/server.ts'
import { padded, variants } from '../references/variants.ts'
import type { FigureId } from '../report/bars.ts'
import type { Found, Measure } from '../report/report.ts'
import type { Bench, Findings, Topic } from './topic.ts'

/**
 * First answers. In a peer, from the call to the answer, of functions that nobody has called before; beside a workerd that runs already and
 * loads a worker of a new id. Its answers come over HTTP; what a request costs there without the loading is taken off.
 */

interface Case {
  name: string
  /** Makes the module that all load; gives its file. */
  make: (folder: string) => Promise<string>
  figures: { booted?: FigureId; unbooted?: FigureId }
}

const MB = 1024 * 1024

const CASES: Case[] = [
  {
    name: 'hello',
    make: (folder) => bundled(handlerFile('hello'), folder, 'hello'),
    figures: { booted: 'cold-hello-booted', unbooted: 'cold-hello' },
  },
  {
    name: 'hono-zod',
    make: (folder) => bundled(handlerFile('hono-zod'), folder, 'hono-zod'),
    figures: { booted: 'cold-hono' },
  },
  {
    name: 'large-2mb',
    async make(folder) {
      await padded(join(folder, 'large.js'), handlerFile('hello'), 2 * MB)
      return bundled(join(folder, 'large.js'), folder, 'large')
    },
    figures: {},
  },
]
const QUICK_CASES = 2

/** How often each way is measured in a round. */
const EACH = { quick: 1, full: 2 }

/** Until a process has booted its next isolate ahead, which it does a moment after one was taken, also on a busy machine. */
const BOOTED_AFTER_MS = 250

/** After these, what is left to be made once per process has been made: the process itself, and the code that it remembers. */
const FIRST_CALLS = 2

const PARTS = [
  ['fetchMs', 'finding its blocks'],
  ['startMs', 'loading'],
  ['runMs', 'running'],
] as const

interface Pair {
  booted: ColdCall
  unbooted: ColdCall
}

export const topic: Topic = {
  async run(bench) {
    const findings: Findings = { figures: [], measures: [] }
    for (const one of bench.quick ? CASES.slice(0, QUICK_CASES) : CASES) {
      bench.note(one.name)
      const { figures, measures, why } = await part(bench.atEnd, (atEnd) => measured(one, { ...bench, atEnd }))
      findings.figures.push(...figures)
      findings.measures.push(...measures)
      if (why !== undefined) findings.why = why
    }
    return findings
  },
}

async function measured(one: Case, bench: Bench): Promise<Findings> {
  const net = await peers(bench.atEnd)
  const file = await one.make(net.folder)
  const times = bench.rounds * EACH[bench.quick ? 'quick' : 'full']
  const server = await loaderOf(file, bench.atEnd)
  const loader = 'missing' in server ? undefined : loading(server)
  const { first, local, remote, pid } = await runnerOf(file, { net, times }, bench)
  const cpu = counted(pid)
  const found = await interleaved<'pair' | 'far' | 'load', Pair | ColdCall | number>(
    {
      async pair() {
        await pause(BOOTED_AFTER_MS)
        return cpu.of(async () => ({ booted: await local(), unbooted: await local() }))
      },
      async far() {
        await pause(BOOTED_AFTER_MS)
        return remote()
      },
      load: loader?.once ?? (async () => NaN),
    },
    times,
    bench.random,
  )
  const pairs = found.pair as Pair[]
  const findings = findingsOf(one, {
    calls: {
      booted: pairs.map(({ booted }) => booted),
      unbooted: pairs.map(({ unbooted }) => unbooted),
      'from a peer': found.far as ColdCall[],
      'in a process that never saw the code': [first],
    },
    // Two first answers in each pair.
    cpuMs: cpu.ms() / 2,
    ...(loader && { load: { ms: median(found.load as number[]), cpuMs: loader.cpuMs() } }),
  })
  return 'missing' in server ? { ...findings, why: server.missing } : findings
}

/** A peer that runs functions, and another that has some which the first will ask for. Each call of what it gives is the first of another function. */
async function runnerOf(
  file: string,
  { net, times }: { net: Peers; times: number },
  bench: Bench,
): Promise<{ first: ColdCall; local: () => Promise<ColdCall>; remote: () => Promise<ColdCall>; pid: number }> {
  const caller = await opened({ home: net.home('caller'), volunteers: false, trust: [] }, bench)
  const runner = await opened({ home: net.home('runner'), volunteers: true, trust: [caller.publisher] }, bench)
  const local = await deployed(runner.peer, {
    folder: join(net.folder, 'local'),
    file,
    count: 2 * times + FIRST_CALLS,
  })
  // What is deployed before they meet reaches the runner only when it is called.
  const remote = await deployed(caller.peer, { folder: join(net.folder, 'remote'), file, count: times + FIRST_CALLS })
  await caller.peer.ask('join', { addresses: runner.addresses })
  const first = await local()
  for (let call = 1; call < FIRST_CALLS; call++) await local()
  for (let call = 0; call < FIRST_CALLS; call++) await remote()
  return { first, local, remote, pid: runner.peer.pid }
}

interface Measured {
  calls: Record<string, ColdCall[]>
  cpuMs: number
  load?: { ms: number; cpuMs: number }
}

function findingsOf({ name, figures }: Case, { calls, cpuMs, load }: Measured): Findings {
  const beside = (value: number | undefined): Pick<Measure, 'reference'> =>
    value === undefined ? {} : { reference: { name: "workerd's loader", value } }
  const measure = (way: string, value: number, reference?: number): Omit<Measure, 'topic'> => ({
    id: `cold/${name}/${way.replaceAll(/\W+/g, '-')}`,
    what: `${name}, first answer: ${way}`,
    value,
    unit: 'ms',
    ...beside(reference),
  })
  const of = (way: string, field: keyof ColdCall): number => median((calls[way] ?? []).map((one) => one[field]))
  return {
    figures: Object.entries(figures).flatMap(([way, id]): Found[] =>
      load === undefined ? [] : [{ id, value: of(way, 'ms'), ...beside(load.ms) }],
    ),
    measures: [
      ...Object.keys(calls).flatMap((way) => [
        measure(way, of(way, 'ms'), load?.ms),
        ...PARTS.map(([field, doing]) => measure(`${way}, of which ${doing}`, of(way, field))),
      ]),
      measure('CPU of all processes', cpuMs, load?.cpuMs),
    ],
  }
}

async function opened(
  opening: Opening,
  { atEnd }: Bench,
): Promise<{ peer: Program; publisher: string; addresses: string[] }> {
  const peer = await program('peer', atEnd)
  return { peer, ...(await peer.ask<{ publisher: string; addresses: string[] }>('open', opening)) }
}

/** Deploys functions of this module, and gives how to call the next of them. */
async function deployed(
  peer: Program,
  { folder, file, count }: { folder: string; file: string; count: number },
): Promise<() => Promise<ColdCall>> {
  const cids = await peer.ask<string[]>('deploy', { entries: await variants(file, folder, count) })
  return () => peer.ask<ColdCall>('call', { target: cids.pop() })
}

/** Adds up the processor time of a process and all that it started, while something is done; by how often. */
function counted(pid: number): { of<T>(run: () => Promise<T>): Promise<T>; ms(): number } {
  let us = 0
  let times = 0
  return {
    async of(run) {
      const before = cpuUsOf(pid)
      const result = await run()
      us += cpuUsOf(pid) - before
      times += 1
      return result
    },
    ms: () => us / 1000 / times,
  }
}

/** One request that loads a worker, less one that does not, in ms. */
function loading({ pid, port }: Server): { once: () => Promise<number>; cpuMs: () => number } {
  const request = (path: string): Exchange =>
    new Exchange(port, Buffer.from(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`, 'latin1'))
  const [plain, fresh] = [request('/'), request('/new')]
  const cpu = counted(pid)
  const timed = async (exchange: Exchange): Promise<number> => {
    const startedAt = performance.now()
    const status = await exchange.once()
    if (status !== 200) throw new Error(`workerd answered with status ${status}`)
    return performance.now() - startedAt
  }
  return {
    async once() {
      const alone = await timed(plain)
      return (await cpu.of(() => timed(fresh))) - alone
    },
    cpuMs: () => cpu.ms(),
  }
}
