import { fileURLToPath, pathToFileURL } from 'node:url'
import type { HttpAsking, HttpLoad, HttpLoaded } from '../http/load.ts'
import { part } from '../measure/at-end.ts'
import { onOneCpu } from '../measure/cpus.ts'
import { median, sum } from '../measure/numbers.ts'
import { peers, type Peers } from '../measure/peers.ts'
import { cpuUsOf } from '../measure/proc.ts'
import { program, type Program } from '../measure/program.ts'
import { interleaved } from '../measure/rounds.ts'
import { bundled, handlerFile } from '../references/bundled.ts'
import { serveBy } from '../references/server.ts'
import type { Found, Measure } from '../report/report.ts'
import type { Bench, Findings, Topic } from './topic.ts'

/**
 * HTTP through the gateway of a peer that runs functions itself, beside servers of the same file, each with all its processes on one and
 * the same CPU. All of them wait while one is asked, from another CPU.
 */

interface Handler {
  entry: string
  path: string
  /** Of each request; without one it is a GET. */
  bodyBytes: number
  /** Answers until V8 has made machine code of all that a request runs through; of a long one there are fewer to be had, and more time in each. */
  warmAnswers: number
  /** Where the handler itself takes no time, so that all around it can be warmed first as that of a hello is. */
  warmPath?: string
}

/** Of what takes no time. */
const WARM_ANSWERS = 40_000

const HANDLERS: Record<string, Handler> = {
  hello: { entry: handlerFile('hello'), path: '/', bodyBytes: 0, warmAnswers: WARM_ANSWERS },
  'cpu-bound': { entry: handlerFile('cpu'), path: '/', bodyBytes: 0, warmAnswers: 200, warmPath: '/at-once' },
  'hono-json': {
    entry: fileURLToPath(new URL('../../examples/hono/index.ts', import.meta.url)),
    path: '/colours/1e90ff',
    bodyBytes: 0,
    warmAnswers: 10_000,
  },
  'body-1mb': { entry: handlerFile('body'), path: '/', bodyBytes: 1024 * 1024, warmAnswers: 200 },
  'stream-1mb': { entry: handlerFile('stream'), path: '/', bodyBytes: 0, warmAnswers: 400 },
}
const QUICK_HANDLERS = ['hello', 'cpu-bound']
const CONNECTIONS = { quick: [64], full: [1, 64] }
const REFERENCES = { quick: ['workerd'], full: ['workerd', 'deno', 'bun', 'node'] } as const
/** The one that the bars are for. */
const JUDGE = 'workerd'

/** A round is long enough for the kernel's ticks of 10 ms to say what it cost, and for more answers than there are connections: else they would be one batch. */
const ROUND_MS = 400
const ANSWERS_EACH = { quick: 1, full: 1.5 }
/** Of what it takes until all is warm. */
const WARM_PART = { quick: 0.25, full: 1 }

interface Server {
  pid: number
  port: number
  host: string
}

interface Serving {
  fetch(request: Request): Response | Promise<Response>
}

interface Round extends HttpLoaded {
  /** Processor time of all processes of the server, in µs per answer. */
  serverUs: number
}

interface Loading {
  handler: Handler
  /** Of each answer, whoever gives it. */
  answerBytes: number
  connections: number
}

export const topic: Topic = {
  async run(bench) {
    const findings: Findings = { figures: [], measures: [] }
    const missing = new Set<string>()
    const generator = await program('http-load', bench.atEnd)
    const unheld = await onOneCpu(generator, bench.atEnd)
    if (unheld !== undefined) missing.add(unheld)
    for (const name of bench.quick ? QUICK_HANDLERS : Object.keys(HANDLERS)) {
      const handler = HANDLERS[name] as Handler
      await part(bench.atEnd, async (atEnd) => {
        const net = await peers(atEnd)
        const file = await bundled(handler.entry, net.folder, name)
        const answerBytes = await answerBytesOf(file, handler)
        const hither = await gatewayOf(name, file, net)
        const servers = { hither, ...(await referencesOf(file, { ...bench, atEnd }, missing)) }
        const all = CONNECTIONS[bench.quick ? 'quick' : 'full']
        for (const one of warmings(handler)) {
          const bytes = await answerBytesOf(file, one)
          await warmUp(
            servers,
            { handler: one, answerBytes: bytes, connections: Math.max(...all) },
            generator,
            bench.quick,
          )
        }
        for (const connections of all) {
          bench.note(`${name}, ${connections} at once`)
          const found = await compared(servers, { handler, answerBytes, connections }, generator, bench)
          findings.figures.push(...figuresOf(name, connections, found))
          findings.measures.push(...measuresOf(name, connections, found))
        }
        // Its servers end now.
        await generator.ask('close')
      })
    }
    return missing.size === 0 ? findings : { ...findings, why: [...missing].join('; ') }
  },
}

/** What the handler itself gives in this process, to which whoever serves it adds nothing. */
async function answerBytesOf(file: string, { path, bodyBytes }: Handler): Promise<number> {
  const { default: handler } = (await import(pathToFileURL(file).href)) as { default: Serving }
  const init = bodyBytes === 0 ? {} : { method: 'POST', body: new Uint8Array(bodyBytes) }
  const response = await handler.fetch(new Request(new URL(path, 'http://localhost'), init))
  if (response.status !== 200) throw new Error(`${file} answers with status ${response.status}`)
  return (await response.arrayBuffer()).byteLength
}

/** A peer that was started for this handler, as the others are: what it answered of another would have warmed it. */
async function gatewayOf(name: string, file: string, net: Peers): Promise<Server> {
  const { pid, status } = await net.up('gateway', ['--volunteer'])
  await net.fn('gateway', ['deploy', file, '--name', name])
  const port = Number(new URL(status.gateway ?? '').port)
  return { pid, port, host: `${name}.localhost:${port}` }
}

async function referencesOf(
  file: string,
  { quick, atEnd }: Bench,
  missing: Set<string>,
): Promise<Record<string, Server>> {
  const servers: Record<string, Server> = {}
  for (const name of REFERENCES[quick ? 'quick' : 'full']) {
    const server = await serveBy(name, file, atEnd)
    if ('missing' in server) missing.add(server.missing)
    else servers[name] = { ...server, host: `127.0.0.1:${server.port}` }
  }
  return servers
}

function warmings(handler: Handler): Handler[] {
  const { warmPath } = handler
  return [...(warmPath === undefined ? [] : [{ ...handler, path: warmPath, warmAnswers: WARM_ANSWERS }]), handler]
}

async function warmUp(
  servers: Record<string, Server>,
  load: Loading,
  generator: Program,
  quick: boolean,
): Promise<void> {
  const least = load.handler.warmAnswers * WARM_PART[quick ? 'quick' : 'full']
  for (const server of Object.values(servers)) await ask(server, load, generator, { forMs: 0, least })
}

async function ask(
  { pid, port, host }: Server,
  { handler: { path, bodyBytes }, ...load }: Loading,
  generator: Program,
  until: Pick<HttpLoad, 'forMs' | 'least'>,
): Promise<Round> {
  const asking: HttpAsking = { port, host, path, bodyBytes, ...load }
  // What connections cost is that of no answer.
  const failed = await generator.ask<number>('ready', asking)
  const before = cpuUsOf(pid)
  const loaded = await generator.ask<HttpLoaded>('load', { ...asking, ...until } satisfies HttpLoad)
  const serverUs = (cpuUsOf(pid) - before) / Math.max(1, loaded.answers)
  return { ...loaded, failed: failed + loaded.failed, serverUs }
}

async function compared(
  servers: Record<string, Server>,
  load: Loading,
  generator: Program,
  { rounds, quick, random }: Bench,
): Promise<Record<string, Round[]>> {
  const length = quick ? 'quick' : 'full'
  const until = { forMs: ROUND_MS, least: ANSWERS_EACH[length] * load.connections }
  const turn = (server: Server) => (): Promise<Round> => ask(server, load, generator, until)
  return interleaved(
    Object.fromEntries(Object.entries(servers).map(([name, server]) => [name, turn(server)])),
    rounds,
    random,
  )
}

const FIGURES = { hello: 'gateway-hello', 'cpu-bound': 'gateway-cpu-bound' } as const

/** Judged under load; by processor time, since what a server may use of a machine that others use too is chance. */
function figuresOf(name: string, connections: number, found: Record<string, Round[]>): Found[] {
  const reference = found[JUDGE]
  if (!(name in FIGURES) || connections === 1 || reference === undefined) return []
  const perCpuSecond = (rounds: Round[] | undefined): number => 1_000_000 / of(rounds, 'serverUs')
  return [
    {
      id: FIGURES[name as keyof typeof FIGURES],
      value: perCpuSecond(found['hither']),
      reference: { name: JUDGE, value: perCpuSecond(reference) },
    },
  ]
}

const MEASURED = {
  serverUs: ['CPU of all its processes', 'µs/request'],
  perSecond: ['answers', 'per s'],
  p50: ['p50', 'ms'],
  p99: ['p99', 'ms'],
  failed: ['failed', 'in all rounds'],
  cpuUs: ['CPU of the one who asks', 'µs/request'],
} as const

function measuresOf(name: string, connections: number, found: Record<string, Round[]>): Omit<Measure, 'topic'>[] {
  const judge = found[JUDGE]
  return Object.entries(found).flatMap(([server, rounds]) =>
    (Object.keys(MEASURED) as (keyof typeof MEASURED)[]).map((field) => ({
      id: `gateway/${name}/${server}/c${connections}/${field}`,
      what: `${name}, ${connections} connection${connections === 1 ? '' : 's'}, ${server}: ${MEASURED[field][0]}`,
      value: of(rounds, field),
      unit: MEASURED[field][1],
      ...(server !== JUDGE &&
        judge !== undefined &&
        field !== 'failed' && { reference: { name: JUDGE, value: of(judge, field) } }),
    })),
  )
}

function of(rounds: Round[] | undefined, field: keyof typeof MEASURED): number {
  return (field === 'failed' ? sum : median)((rounds ?? []).map((one) => one[field]))
}
