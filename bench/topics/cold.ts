import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Exchange } from '../http/exchange.ts'
import { median } from '../measure/numbers.ts'
import { peers } from '../measure/peers.ts'
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

interface Pair {
  booted: number
  unbooted: number
}

export const topic: Topic = {
  async run(bench) {
    const findings: Findings = { figures: [], measures: [] }
    for (const one of bench.quick ? CASES.slice(0, QUICK_CASES) : CASES) {
      bench.note(one.name)
      const { figures, measures, why } = await measured(one, bench)
      findings.figures.push(...figures)
      findings.measures.push(...measures)
      if (why !== undefined) findings.why = why
    }
    return findings
  },
}

async function measured({ name, make, figures }: Case, bench: Bench): Promise<Findings> {
  const net = await peers(bench.atEnd)
  const { folder } = net
  const file = await make(folder)
  const loader = await loaderOf(file, bench.atEnd)
  const times = bench.rounds * EACH[bench.quick ? 'quick' : 'full']

  const caller = await opened({ home: net.home('caller'), volunteers: false, trust: [] }, bench)
  const runner = await opened({ home: net.home('runner'), volunteers: true, trust: [caller.publisher] }, bench)
  const local = await deployed(runner.peer, { folder: join(folder, 'local'), file, count: 2 * times + FIRST_CALLS })
  // What it deploys before they meet reaches the runner when it is called.
  const remote = await deployed(caller.peer, { folder: join(folder, 'remote'), file, count: times + FIRST_CALLS })
  await caller.peer.ask('join', { addresses: runner.addresses })
  const first = await local()
  for (let call = 1; call < FIRST_CALLS; call++) await local()
  for (let call = 0; call < FIRST_CALLS; call++) await remote()

  let localUs = 0
  const pair = async (): Promise<Pair> => {
    await pause(BOOTED_AFTER_MS)
    const before = cpuUsOf(runner.peer.pid)
    const booted = (await local()).ms
    const unbooted = (await local()).ms
    localUs += cpuUsOf(runner.peer.pid) - before
    return { booted, unbooted }
  }
  const far = async (): Promise<ColdCall> => {
    await pause(BOOTED_AFTER_MS)
    return remote()
  }
  const load = 'missing' in loader ? undefined : loading(loader)
  const found = await interleaved<'pair' | 'far' | 'load', Pair | ColdCall | number>(
    { pair, far, load: load?.once ?? (async () => NaN) },
    times,
    bench.random,
  )
  const pairs = found.pair as Pair[]
  const fars = found.far as ColdCall[]
  const values = {
    booted: median(pairs.map((one) => one.booted)),
    unbooted: median(pairs.map((one) => one.unbooted)),
    'of a process that never saw the code': first.ms,
    'from a peer': median(fars.map((one) => one.ms)),
    'from a peer, of which fetching': median(fars.map((one) => one.fetchMs)),
  }
  const reference = load && { name: "workerd's loader", value: median(found.load as number[]) }
  return {
    figures: Object.entries(figures).flatMap(([way, id]): Found[] =>
      reference === undefined ? [] : [{ id, value: values[way as keyof Pair], reference }],
    ),
    measures: [
      ...Object.entries(values).map(([way, value]) => measure(name, way, value, 'ms', reference)),
      measure(
        name,
        'CPU of all processes',
        localUs / 1000 / (2 * times),
        'ms',
        load && { name: 'workerd', value: load.cpuMs() },
      ),
    ],
    ...('missing' in loader && { why: loader.missing }),
  }
}

function measure(
  name: string,
  way: string,
  value: number,
  unit: string,
  reference: Measure['reference'],
): Omit<Measure, 'topic'> {
  const id = `cold/${name}/${way.replaceAll(/\W+/g, '-')}`
  return { id, what: `${name}, first answer: ${way}`, value, unit, ...(reference && { reference }) }
}

async function opened(
  opening: Opening,
  { atEnd }: Bench,
): Promise<{ peer: Program; publisher: string; addresses: string[] }> {
  // As `fn up` starts, which needs no flags.
  const peer = await program('peer', atEnd)
  return { peer, ...(await peer.ask<{ publisher: string; addresses: string[] }>('open', opening)) }
}

/** Deploys functions of this module. Each call of what it gives is the first of another of them. */
async function deployed(
  peer: Program,
  { folder, file, count }: { folder: string; file: string; count: number },
): Promise<() => Promise<ColdCall>> {
  const cids = await peer.ask<string[]>('deploy', { entries: await variants(file, folder, count) })
  return () => peer.ask<ColdCall>('call', { target: cids.pop() })
}

/** One request that loads a worker, less one that does not, in ms. */
function loading({ pid, port }: Server): { once: () => Promise<number>; cpuMs: () => number } {
  const request = (path: string): Exchange =>
    new Exchange(port, Buffer.from(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`, 'latin1'))
  const [plain, fresh] = [request('/'), request('/new')]
  let cpuUs = 0
  let count = 0
  const timed = async (exchange: Exchange): Promise<number> => {
    const startedAt = performance.now()
    const status = await exchange.once()
    if (status !== 200) throw new Error(`workerd answered with status ${status}`)
    return performance.now() - startedAt
  }
  return {
    async once() {
      const alone = await timed(plain)
      const before = cpuUsOf(pid)
      const ms = await timed(fresh)
      cpuUs += cpuUsOf(pid) - before
      count += 1
      return ms - alone
    },
    cpuMs: () => cpuUs / 1000 / count,
  }
}
