import { spawn as nodeSpawn, type ChildProcess } from 'node:child_process'
import { readdirSync, readlinkSync, readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { readWhole, type Job, type Limits, type LogLine, type Profile, type Runner } from '@hither/core'
import { sandbox, type SandboxComponents, type SandboxInit, type Spawn } from '@hither/sandbox'
import { childrenOf, innermost } from '../../../packages/sandbox/src/host/lineage.ts'
import { MEMORY_SLACK_BYTES } from '../../../packages/sandbox/src/host/limits.ts'
import { hostileJob, type HostileInit } from './jail.ts'
import { Standstill } from './standstill.ts'

const MB: number = 1024 * 1024

/** What a bomb may fill between two looks of the watchdog, on a machine that lets it be late. */
const OVERSHOOT_BYTES: number = 192 * MB

/** By how much is in that, in ms, and what a bomb fills in each more for which the machine has the watchdog stand still. */
const LATE_MS = 50
const FILLED_BYTES_PER_MS: number = 2 * MB

/** How often processes are looked at here, and how long the bystander waits between two calls. */
const SAMPLE_MS = 4
const CALL_EVERY_MS = 5

/** Small, and soon over: for bombs. */
const TIGHT: Partial<Limits> = { memoryMb: 64, cpuMs: 300, wallMs: 10_000 }

/** For what is to end as it does by itself: where whole cores are lent a turn's limit is a time by the wall, and a busy machine may take a tight one. */
export const CALM: Partial<Limits> = { cpuMs: 10_000, wallMs: 60_000 }

/** What became of one hostile call, and of everything around it. */
export interface Blast {
  /** `answered`, or the code of the error. */
  outcome: string
  why: string
  /** Of what it answered. */
  bytes: number
  ms: number
  /** The most that any sandbox process held of its own, in bytes. */
  peakBytes: number
  /** What no process may hold. */
  boundBytes: number
  /** How late our own event loop was. */
  stallP99Ms: number
  /** Calls of another publisher's function meanwhile, in ms each, sorted. All were answered. */
  bystander: number[]
}

/** A runner with a bystander: a function of another publisher that is called all the while. */
export interface Arena {
  runner: Runner
  lines: LogLine[]
  /** The bystander's calls before anything happened, in ms each, sorted. */
  usual: number[]
  /** Of the processes that were ended: from the signal to their end, in ms. */
  killMs: number[]
  pids(): number[]
  job(text: string, init?: HostileInit): Promise<Job>
  /** Runs it, and reads all of its answer. */
  blast(job: Job): Promise<Blast>
  /** Ends the runner; throws where anything of it is left. */
  close(): Promise<void>
}

export async function arena(
  profile: Profile,
  init: Partial<SandboxInit> = {},
  components: SandboxComponents = {},
): Promise<Arena> {
  const fdsBefore = openFiles()
  const children: ChildProcess[] = []
  const killMs: number[] = []
  const lines: LogLine[] = []
  const spawn: Spawn = (file, args, options) => {
    const child = nodeSpawn(file, args, options)
    children.push(child)
    const kill = child.kill.bind(child)
    child.kill = (signal) => {
      timeEnd(child)
      return kill(signal)
    }
    return child
  }
  const timeEnd = (child: ChildProcess): void => {
    const at = performance.now()
    child.once('exit', () => killMs.push(performance.now() - at))
  }
  // A launcher goes when what it launched is ended.
  const kill = process.kill.bind(process)
  process.kill = (pid, signal) => {
    const launcher = signal === 'SIGKILL' ? children.find((one) => childrenOf(one.pid ?? 0).includes(pid)) : undefined
    if (launcher !== undefined) timeEnd(launcher)
    return kill(pid, signal)
  }
  const runner = sandbox({ cores: 2, memoryMb: 2048, ...init })({
    ...components,
    spawn,
    log: (line) => void lines.push(line),
  })
  await runner.start()
  const hello = await hostileJob(`export default () => new Response('hello')`, { profile, cordon: 'bystander' })
  const greet = async (): Promise<number> => {
    const at = performance.now()
    const { body } = await runner.run(hello)
    if ((await readWhole(body)).length !== 5) throw new Error('the bystander was answered wrongly')
    return performance.now() - at
  }
  await greet()
  const usual: number[] = []
  for (let i = 0; i < 100; i += 1) usual.push(await greet())
  const pids = (): number[] =>
    children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null).map(({ pid = 0 }) => pid)
  const held = (): number[] => pids().map((pid) => peakOf(innermost(pid)))
  const restBytes = Math.max(...held())

  return {
    runner,
    lines,
    usual: sorted(usual),
    killMs,
    pids,
    job: (text, more = {}) => hostileJob(text, { profile, ...more, limits: { ...TIGHT, ...more.limits } }),
    async blast(job) {
      let peakBytes = 0
      const standstill = new Standstill(SAMPLE_MS)
      const sampler = setInterval(() => {
        standstill.look()
        peakBytes = Math.max(peakBytes, ...held())
      }, SAMPLE_MS)
      const stalls = monitorEventLoopDelay({ resolution: 2 })
      stalls.enable()
      const over = new AbortController()
      const bystander = greetUntil(greet, over.signal)
      const at = performance.now()
      const end = await endOf(runner, job)
      const ms = performance.now() - at
      over.abort()
      stalls.disable()
      const took = sorted(await bystander)
      clearInterval(sampler)
      standstill.look()
      const unwatchedBytes = Math.max(0, standstill.longestMs - LATE_MS) * FILLED_BYTES_PER_MS
      const boundBytes =
        restBytes + job.manifest.limits.memoryMb * MB + MEMORY_SLACK_BYTES + OVERSHOOT_BYTES + unwatchedBytes
      return { ...end, ms, peakBytes, boundBytes, stallP99Ms: stalls.percentile(99) / 1e6, bystander: took }
    },
    async close() {
      await runner.stop()
      process.kill = kill
      if (pids().length > 0) throw new Error(`processes are left: ${pids().join()}`)
      // The kernel closes what belonged to their pipes a little later.
      for (let tries = 0; openFiles() > fdsBefore && tries < 100; tries += 1) await pause(SAMPLE_MS)
      if (openFiles() > fdsBefore) throw new Error(`descriptors are left: ${openFiles() - fdsBefore} of ${fileNames()}`)
    },
  }
}

function percentile(values: readonly number[], part: number): number {
  return values[Math.min(values.length - 1, Math.floor(values.length * part))] ?? Number.NaN
}

/** For the table of figures: `p50 1.0 / p99 3.2 ms`. */
export function spread(values: readonly number[]): string {
  return `p50 ${percentile(values, 0.5).toFixed(1)} / p99 ${percentile(values, 0.99).toFixed(1)} ms of ${values.length}`
}

export function megabytes(bytes: number): string {
  return `${Math.round(bytes / MB)} MB`
}

export function sorted(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b)
}

function openFiles(): number {
  return readdirSync('/proc/self/fd').length
}

/** What is open, for the words of a failure. */
function fileNames(): string {
  const names = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      // The one by which the folder itself was read.
      return ''
    }
  })
  return names.join(' ')
}

async function greetUntil(greet: () => Promise<number>, signal: AbortSignal): Promise<number[]> {
  const took: number[] = []
  while (!signal.aborted || took.length === 0) {
    took.push(await greet())
    await pause(CALL_EVERY_MS)
  }
  return took
}

async function endOf(runner: Runner, job: Job): Promise<Pick<Blast, 'outcome' | 'why' | 'bytes'>> {
  try {
    const { body } = await runner.run(job)
    let bytes = 0
    for await (const piece of body instanceof Uint8Array ? [body] : body) bytes += piece.length
    return { outcome: 'answered', why: '', bytes }
  } catch (error) {
    const { code, why = '' } = error as { code: string; why?: string }
    return { outcome: code, why, bytes: 0 }
  }
}

/** The most that a process ever held of its own: what the kernel counts, less the pages of Node itself. */
function peakOf(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1')
    const kb = (field: string): number => Number(new RegExp(`${field}:\\s*(\\d+)`).exec(status)?.[1] ?? 0)
    return (kb('VmHWM') - kb('RssFile') - kb('RssShmem')) * 1024
  } catch {
    // It is gone.
    return 0
  }
}
