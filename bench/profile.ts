import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readFile, watch, writeFile } from 'node:fs/promises'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { join, relative } from 'node:path'
import { fileURLToPath, URL } from 'node:url'
import { parseArgs } from 'node:util'
import type { RunningPeer } from '../examples/demo/fn.ts'
import { ends, type AtEnd } from './measure/at-end.ts'
import type { Load } from './measure/load.ts'
import { addressOf, joining, peers, type Peers } from './measure/peers.ts'
import { ownCpuUsOf } from './measure/proc.ts'
import { program } from './measure/program.ts'
import type { HttpLoad, HttpLoaded } from './http/load.ts'
import type { Burst, Reaching } from './programs/caller.ts'

/**
 * Where the processor time of a call goes, over the network from an app (the caller and the runner, each a process) or over the gateway of the
 * peer that runs it. V8's profiler looks at a stretch of warm calls. Prints the files and functions in which each side is itself, in µs per call;
 * the sandbox process is not among them.
 *
 *     node --conditions=hither-source bench/profile.ts [--way remote|gateway] [--seconds 10] [--at-once 16] [--rows 30] [--keep DIR]
 */

const { values: options } = parseArgs({
  options: {
    way: { type: 'string', default: 'remote' },
    seconds: { type: 'string', default: '10' },
    'at-once': { type: 'string', default: '16' },
    rows: { type: 'string', default: '30' },
    /** Where the profiles stay, for a viewer. */
    keep: { type: 'string' },
  },
})
const forMs = Number(options.seconds) * 1000
const concurrency = Number(options['at-once'])
const rows = Number(options.rows)

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const PROFILED = ['--import', new URL('children/profiled.ts', import.meta.url).href]
const HANDLER = `export default () => new Response('ok')\n`
/** Until V8 has compiled what is called. */
const WARM_MS = 15_000
/** Until a process has written what it saw. */
const WRITTEN_MAX_MS = 30_000

const maps = new Map<string, SourceMap | undefined>()

/** Calls as many at once as asked for, for so long; gives how many were answered. */
type Calling = (forMs: number) => Promise<number>

interface Profiled {
  call: Calling
  /** The processes that are looked at, and the folders into which they write what they saw. */
  sides: { name: string; pid: number; folder: string }[]
}

const WAYS: Record<string, (atEnd: AtEnd) => Promise<Profiled>> = { remote, gateway }

async function remote(atEnd: AtEnd): Promise<Profiled> {
  const { net, runner, folder } = await running(atEnd)
  await net.fn('app', ['deploy', join(net.folder, 'hello.ts'), ...joining(runner)])
  const near = await program('caller', atEnd, { flags: PROFILED, env: { PROFILE_DIR: folder('caller') } })
  const to: Reaching = { way: 'hither', home: net.home('app'), addresses: [addressOf(runner)], fns: ['hello'] }
  await near.ask('reach', to)
  return {
    call: async (ms) => (await near.ask<Load>('burst', { concurrency, forMs: ms } satisfies Burst)).calls,
    sides: [
      { name: 'caller', pid: near.pid, folder: folder('caller') },
      { name: 'runner', pid: runner.pid, folder: folder('runner') },
    ],
  }
}

async function gateway(atEnd: AtEnd): Promise<Profiled> {
  const { net, runner, folder } = await running(atEnd)
  await net.fn('runner', ['deploy', join(net.folder, 'hello.ts')])
  const generator = await program('http-load', atEnd)
  const port = Number(new URL(runner.status.gateway ?? '').port)
  const load = { port, host: `hello.localhost:${port}`, path: '/', bodyBytes: 0, connections: concurrency }
  return {
    call: async (ms) => (await generator.ask<HttpLoaded>('load', { ...load, forMs: ms } satisfies HttpLoad)).answers,
    sides: [{ name: 'gateway', pid: runner.pid, folder: folder('runner') }],
  }
}

/** A runner whose profile can be taken, and a handler beside it. */
async function running(atEnd: AtEnd): Promise<Running> {
  const net = await peers(atEnd)
  const folder = (side: string): string => join(options.keep ?? net.folder, side)
  const publisher = await net.publisher('app')
  const env = { NODE_OPTIONS: PROFILED.join(' '), PROFILE_DIR: folder('runner') }
  const runner = await net.up('runner', ['--volunteer', '--trust', publisher], env)
  await writeFile(join(net.folder, 'hello.ts'), HANDLER)
  return { net, runner, folder }
}

interface Running {
  net: Peers
  runner: RunningPeer
  folder: (side: string) => string
}

async function profile(atEnd: AtEnd): Promise<void> {
  const way = WAYS[options.way]
  if (way === undefined) throw new Error(`--way takes ${Object.keys(WAYS).join(' or ')}, not "${options.way}"`)
  const { call, sides } = await way(atEnd)
  await call(WARM_MS)
  const looked = sides.map(({ pid, folder }) => look(pid, folder))
  const before = sides.map(({ pid }) => ownCpuUsOf(pid))
  const calls = await call(forMs)
  const after = sides.map(({ pid }) => ownCpuUsOf(pid))
  process.stdout.write(`${Math.round((1000 * calls) / forMs)} calls/s, ${concurrency} at once\n`)
  for (const [at, { name }] of sides.entries()) {
    const spent = await looked[at]?.()
    if (spent === undefined) continue
    const us = ((after[at] ?? 0) - (before[at] ?? 0)) / calls
    process.stdout.write(`\n${name}: ${us.toFixed(0)} µs of processor time per call, all its threads\n`)
    print(
      `${name}, by file`,
      summed(spent, ({ file }) => file),
      calls,
    )
    print(
      `${name}, by function`,
      summed(spent, ({ file, name: of, line }) => `${of}  ${file}:${line}`),
      calls,
    )
  }
}

/** Has a process be profiled from now until what is returned is called, which reads what it saw. */
function look(pid: number, folder: string): () => Promise<Spent[]> {
  process.kill(pid, 'SIGUSR2')
  return async () => {
    await mkdir(folder, { recursive: true })
    // Before the signal: what appears sooner would be missed.
    const written = firstFileIn(folder)
    process.kill(pid, 'SIGUSR2')
    return spentIn(await readFile(await written, 'utf8'))
  }
}

/** The first file that appears in a folder, which it is moved into whole. */
async function firstFileIn(folder: string): Promise<string> {
  const patience = AbortSignal.timeout(WRITTEN_MAX_MS)
  for await (const { filename } of watch(folder, { signal: patience })) {
    if (filename?.endsWith('.cpuprofile')) return join(folder, filename)
  }
  throw new Error(`no profile came into ${folder}`)
}

interface Spent {
  file: string
  name: string
  line: number
  /** Of the function itself, without what it calls, in µs. */
  us: number
}

interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number; columnNumber: number } }[]
  samples: number[]
  timeDeltas: number[]
}

function spentIn(text: string): Spent[] {
  const { nodes, samples, timeDeltas } = JSON.parse(text) as Profile
  const spent = new Map(nodes.map(({ id, callFrame }) => [id, { ...placed(callFrame), us: 0 }]))
  for (const [i, id] of samples.entries()) {
    const node = spent.get(id)
    if (node !== undefined) node.us += timeDeltas[i] ?? 0
  }
  // Starting and stopping the profiler is in it, too.
  return [...spent.values()].filter(
    ({ name, file }) => name !== '(idle)' && name !== '(program)' && file !== 'node:inspector',
  )
}

function placed(frame: Profile['nodes'][number]['callFrame']): Omit<Spent, 'us'> {
  const { url, line } = sourceOf(frame)
  const file = url.startsWith('file:') ? relative(ROOT, fileURLToPath(url)) : url
  return { file: file.replace(/^.*node_modules\//, ''), name: frame.functionName || '(anonymous)', line: line + 1 }
}

/** The command is in a few files, made of many. */
function sourceOf({ url, lineNumber, columnNumber }: Profile['nodes'][number]['callFrame']): {
  url: string
  line: number
} {
  const entry = mapOf(url)?.findEntry(lineNumber, columnNumber)
  if (entry === undefined || !('originalSource' in entry)) return { url, line: lineNumber }
  return { url: new URL(entry.originalSource, url).href, line: entry.originalLine }
}

function mapOf(url: string): SourceMap | undefined {
  if (!maps.has(url)) {
    const file = url.startsWith('file:') ? new URL(`${url}.map`) : undefined
    const there = file !== undefined && existsSync(file)
    maps.set(url, there ? new SourceMap(JSON.parse(readFileSync(file, 'utf8')) as SourceMapPayload) : undefined)
  }
  return maps.get(url)
}

function summed(spent: Spent[], by: (one: Spent) => string): [string, number][] {
  const sums = new Map<string, number>()
  for (const one of spent) sums.set(by(one), (sums.get(by(one)) ?? 0) + one.us)
  return [...sums].toSorted(([, a], [, b]) => b - a)
}

function print(title: string, sums: [string, number][], calls: number): void {
  process.stdout.write(`\n${title}, µs per call\n`)
  for (const [what, us] of sums.slice(0, rows))
    process.stdout.write(`${(us / calls).toFixed(2).padStart(8)}  ${what}\n`)
}

const { atEnd, end } = ends()
try {
  await profile(atEnd)
} finally {
  await end()
}
