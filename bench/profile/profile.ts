import { mkdir, readFile, watch, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunningPeer } from '../../examples/demo/fn.ts'
import { command } from '../command.ts'
import type { AtEnd } from '../measure/at-end.ts'
import { build } from '../measure/build.ts'
import type { Load } from '../measure/load.ts'
import { addressOf, joining, peers, type Peers } from '../measure/peers.ts'
import { ownCpuUsOf } from '../measure/proc.ts'
import { program } from '../measure/program.ts'
import type { HttpLoad, HttpLoaded } from '../http/load.ts'
import type { Burst, Reaching } from '../programs/caller.ts'
import { readOptions, USAGE, type Options } from './options.ts'
import { spentIn, type Spent } from './spent.ts'

/**
 * `npm run profile`: where the processor time of a call goes, over the network from an app (the caller and the runner, each a process) or over the
 * gateway of the peer that runs it. V8's profiler looks at a stretch of warm calls. Prints the files and functions in which each side is itself, in
 * µs per call; the sandbox process is not among them.
 */

const PROFILED = ['--import', new URL('../children/profiled.ts', import.meta.url).href]
const HANDLER = `export default () => new Response('ok')\n`
/** Until V8 has compiled what is called. */
const WARM_MS = 15_000
/** Until a process has written what it saw. */
const WRITTEN_MAX_MS = 30_000

/** Calls as many at once as asked for, for so long; gives how many were answered. */
type Calling = (forMs: number) => Promise<number>

interface Profiled {
  call: Calling
  /** The processes that are looked at, and the folders into which they write what they saw. */
  sides: { name: string; pid: number; folder: string }[]
}

const WAYS: Record<Options['way'], (options: Options, atEnd: AtEnd) => Promise<Profiled>> = { remote, gateway }

async function remote({ atOnce, keep }: Options, atEnd: AtEnd): Promise<Profiled> {
  const { net, runner, folder } = await running(keep, atEnd)
  await net.fn('app', ['deploy', join(net.folder, 'hello.ts'), ...joining(runner)])
  const near = await program('caller', atEnd, { flags: PROFILED, env: { PROFILE_DIR: folder('caller') } })
  const to: Reaching = { way: 'hither', home: net.home('app'), addresses: [addressOf(runner)], fns: ['hello'] }
  await near.ask('reach', to)
  return {
    call: async (ms) => (await near.ask<Load>('burst', { concurrency: atOnce, forMs: ms } satisfies Burst)).calls,
    sides: [
      { name: 'caller', pid: near.pid, folder: folder('caller') },
      { name: 'runner', pid: runner.pid, folder: folder('runner') },
    ],
  }
}

async function gateway({ atOnce, keep }: Options, atEnd: AtEnd): Promise<Profiled> {
  const { net, runner, folder } = await running(keep, atEnd)
  await net.fn('runner', ['deploy', join(net.folder, 'hello.ts')])
  const generator = await program('http-load', atEnd)
  const port = Number(new URL(runner.status.gateway ?? '').port)
  const load = {
    port,
    host: `hello.localhost:${port}`,
    path: '/',
    bodyBytes: 0,
    answerBytes: 'ok'.length,
    connections: atOnce,
  }
  return {
    call: async (ms) => (await generator.ask<HttpLoaded>('load', { ...load, forMs: ms } satisfies HttpLoad)).answers,
    sides: [{ name: 'gateway', pid: runner.pid, folder: folder('runner') }],
  }
}

/** A runner whose profile can be taken, and a handler beside it. */
async function running(keep: string | undefined, atEnd: AtEnd): Promise<Running> {
  const net = await peers(atEnd)
  const folder = (side: string): string => join(keep ?? net.folder, side)
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

async function profile(options: Options, atEnd: AtEnd): Promise<boolean> {
  const { way, seconds, atOnce, rows } = options
  await build(atEnd)
  const { call, sides } = await WAYS[way](options, atEnd)
  await call(WARM_MS)
  const looked = sides.map(({ pid, folder }) => look(pid, folder))
  const before = sides.map(({ pid }) => ownCpuUsOf(pid))
  const calls = await call(seconds * 1000)
  const after = sides.map(({ pid }) => ownCpuUsOf(pid))
  console.log(`${Math.round(calls / seconds)} calls/s, ${atOnce} at once`)
  for (const [at, { name }] of sides.entries()) {
    const spent = await looked[at]?.()
    if (spent === undefined) continue
    const us = ((after[at] ?? 0) - (before[at] ?? 0)) / calls
    console.log(`\n${name}: ${us.toFixed(0)} µs of processor time per call, all its threads`)
    const byFile = summed(spent, ({ file }) => file)
    const byFunction = summed(spent, ({ file, name: of, line }) => `${of}  ${file}:${line}`)
    print(`${name}, by file`, byFile.slice(0, rows), calls)
    print(`${name}, by function`, byFunction.slice(0, rows), calls)
  }
  return true
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

function summed(spent: Spent[], by: (one: Spent) => string): [string, number][] {
  const sums = new Map<string, number>()
  for (const one of spent) sums.set(by(one), (sums.get(by(one)) ?? 0) + one.us)
  return [...sums].toSorted(([, a], [, b]) => b - a)
}

function print(title: string, sums: [string, number][], calls: number): void {
  console.log(`\n${title}, µs per call`)
  for (const [what, us] of sums) console.log(`${(us / calls).toFixed(2).padStart(8)}  ${what}`)
}

await command({ usage: USAGE, read: readOptions, run: profile })
