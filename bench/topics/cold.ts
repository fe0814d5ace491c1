import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Exchange } from '../http/exchange.ts'
import { part } from '../measure/at-end.ts'
import { counted, type Counted } from '../measure/counted.ts'
import { median } from '../measure/numbers.ts'
import { peers, type Peers } from '../measure/peers.ts'
import { program, type Program } from '../measure/program.ts'
import { BOOTED_AFTER_MS, rested } from '../measure/rested.ts'
import { interleaved } from '../measure/rounds.ts'
import type { ColdCall, Opening } from '../programs/peer.ts'
import { bundled, handlerFile } from '../references/bundled.ts'
import { loaderOf, type Server } from '../references/server.ts'
import { padded, variants, type Variants } from '../references/variants.ts'
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
  /** A process remembers what it compiled of it; what is short it compiles anew each time. */
  remembered: boolean
  figures: { booted?: FigureId; unbooted?: FigureId }
}

const LARGE_BYTES = 2 * 1024 * 1024
const SIZE_MAX_OFF = 0.01

const CASES: Case[] = [
  {
    name: 'hello',
    make: (folder) => bundled(handlerFile('hello'), folder, 'hello'),
    remembered: false,
    figures: { booted: 'cold-hello-booted', unbooted: 'cold-hello' },
  },
  {
    name: 'hono-zod',
    make: (folder) => bundled(handlerFile('hono-zod'), folder, 'hono-zod'),
    remembered: true,
    figures: { booted: 'cold-hono' },
  },
  {
    name: 'large-2mb',
    async make(folder) {
      await padded(join(folder, 'large.js'), handlerFile('hello'), LARGE_BYTES)
      const file = await bundled(join(folder, 'large.js'), folder, 'large')
      const { size } = await stat(file)
      if (Math.abs(size / LARGE_BYTES - 1) > SIZE_MAX_OFF) throw new Error(`the large bundle has ${size} bytes`)
      return file
    },
    remembered: true,
    figures: {},
  },
]
const QUICK_CASES = 2

/** After these, what is left to be made once per process has been made: the process itself, and the code that it remembers. */
const FIRST_CALLS = 2

const PARTS = [
  ['fetchMs', 'finding its blocks'],
  ['startMs', 'loading'],
  ['runMs', 'running'],
  ['restMs', 'the rest: the path of the call and of its answer'],
] as const

/** What took so long; of a call in a peer, also where the time went. */
type Answered = Pick<ColdCall, 'ms'> & Partial<ColdCall>
type First = () => Promise<Answered>

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
  const server = await loaderOf(file, bench.atEnd)
  const { local, unseen, small, remote, pid } = await runnerOf(one, file, net, bench)
  const loader = 'missing' in server ? undefined : await loading(server)
  const cpu = counted(pid)
  const started = newRunner(file, net, bench)
  const { load, request, ...calls } = await interleaved<string, Answered>(
    {
      // With the isolate that is booted for the next.
      booted: () => cpu.of(() => rested(local)),
      // What was booted ahead goes to one that is loaded long before the next is booted.
      unbooted: () => rested(() => small().then(local)),
      ...(unseen && { 'booted, code that the process never saw': () => rested(unseen) }),
      'from a peer': () => rested(remote),
      ...(!bench.quick && { 'in a peer that has just started': () => rested(started) }),
      ...(loader && {
        load: () => loader.cpu.of(() => rested(loader.fresh)),
        request: () => rested(loader.plain),
      }),
    },
    bench.rounds,
    bench.random,
  )
  const findings = findingsOf(one, {
    calls,
    cpuMs: cpu.ms(),
    ...(loader && { load: { ms: msOf(load) - msOf(request), cpuMs: loader.cpu.ms() } }),
  })
  return 'missing' in server ? { ...findings, why: server.missing } : findings
}

/** A peer that runs functions, and another that has some which the first will ask for. Each call of what it gives is the first of another function. */
async function runnerOf(
  { remembered }: Case,
  file: string,
  net: Peers,
  bench: Bench,
): Promise<Record<'local' | 'small' | 'remote', First> & { unseen: First | undefined; pid: number }> {
  const caller = await opened({ home: net.home('caller'), volunteers: false, trust: [] }, bench)
  const runner = await opened({ home: net.home('runner'), volunteers: true, trust: [caller.publisher] }, bench)
  const of = (name: string, more: Pick<Variants, 'file' | 'by'>, turns: number): Variants => ({
    ...more,
    folder: join(net.folder, name),
    count: turns * bench.rounds + FIRST_CALLS,
  })
  const hello = await bundled(handlerFile('hello'), net.folder, 'small')
  const local = await deployed(runner.peer, of('local', { file, by: 'variable' }, 2))
  const unseen =
    remembered && !bench.quick ? await deployed(runner.peer, of('unseen', { file, by: 'code' }, 1)) : undefined
  const small = await deployed(runner.peer, of('small', { file: hello, by: 'variable' }, 1))
  // What is deployed before they meet reaches the runner only when it is called: the bundle too, where nothing else has it.
  const remote = await deployed(caller.peer, of('remote', { file, by: 'code' }, 1))
  await caller.peer.ask('join', { addresses: runner.addresses })
  for (const first of [local, small, remote]) for (let call = 0; call < FIRST_CALLS; call++) await rested(first)
  return { local, unseen, small, remote, pid: runner.peer.pid }
}

/** The very first call of a peer that was started for it, and has ended when that is given. */
function newRunner(file: string, net: Peers, bench: Bench): First {
  let started = 0
  return () =>
    part(bench.atEnd, async (atEnd) => {
      const name = `new-${started++}`
      const { peer } = await opened({ home: net.home(name), volunteers: true, trust: [] }, { ...bench, atEnd })
      const folder = join(net.folder, `${name}-handlers`)
      const first = await deployed(peer, { file, folder, count: 1, by: 'variable' })
      await pause(BOOTED_AFTER_MS)
      return first()
    })
}

interface Measured {
  calls: Record<string, Answered[]>
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
  return {
    figures: Object.entries(figures).flatMap(([way, id]): Found[] =>
      load === undefined ? [] : [{ id, value: msOf(calls[way]), ...beside(load.ms) }],
    ),
    measures: [
      ...Object.entries(calls).flatMap(([way, answers]) => [
        measure(way, msOf(answers), load?.ms),
        ...PARTS.map(([field, doing]) => measure(`${way}, of which ${doing}`, msOf(answers, field))),
      ]),
      {
        ...measure('CPU of all processes', cpuMs, load?.cpuMs),
        what: `${name}, first answer: CPU of all processes, mean`,
      },
    ],
  }
}

function msOf(answers: readonly Answered[] = [], field: keyof ColdCall = 'ms'): number {
  return median(answers.map((one) => one[field] ?? NaN))
}

async function opened(
  opening: Opening,
  { atEnd }: Bench,
): Promise<{ peer: Program; publisher: string; addresses: string[] }> {
  const peer = await program('peer', atEnd)
  return { peer, ...(await peer.ask<{ publisher: string; addresses: string[] }>('open', opening)) }
}

/** Deploys functions, and gives how to call the next of them. */
async function deployed(peer: Program, these: Variants): Promise<First> {
  const cids = await peer.ask<string[]>('deploy', { entries: await variants(these) })
  return () => peer.ask<ColdCall>('call', { target: cids.pop() })
}

/** A request that loads a worker, and one that does not. */
async function loading({ pid, port }: Server): Promise<{ fresh: First; plain: First; cpu: Counted }> {
  const request = (path: string): First => {
    const exchange = new Exchange(port, Buffer.from(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`, 'latin1'))
    return async () => {
      const startedAt = performance.now()
      const status = await exchange.once()
      if (status !== 200) throw new Error(`workerd answered with status ${status}`)
      return { ms: performance.now() - startedAt }
    }
  }
  const [fresh, plain] = [request('/new'), request('/')]
  for (const one of [fresh, plain]) for (let call = 0; call < FIRST_CALLS; call++) await rested(one)
  return { fresh, plain, cpu: counted(pid) }
}
