import { spawn as nodeSpawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { constants, getPriority } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { readWhole, type HitherError, type LogLine, type Runner, type WholeRun } from '@hither/core'
import { onTestFinished, vi } from 'vitest'
import { sandbox, type Machine, type SandboxComponents, type SandboxInit, type Spawn } from '@hither/sandbox'
import { thisMachine } from '../../src/host/launch/machine.ts'
import { innermost } from '../../src/host/lineage.ts'

// Sandbox processes have the lowest priority there is: on a busy machine they take their time.
vi.setConfig({ testTimeout: 60_000 })

/** How often tests ask again for what no event tells: processor time, the end of a process. */
const ASK_MS = 5

/** Calls after which a light function is known as one, though its first takes longest, and long on a busy machine. */
export const KNOWN_AFTER = 6

export interface Bench {
  runner: Runner
  /** Every process that was started, dead or alive. */
  children: ChildProcess[]
  logs: LogLine[]
}

/** A runner that is stopped with its test, and whose processes are known. */
export function bench(init: Partial<SandboxInit> = {}, components: SandboxComponents = {}): Bench {
  const children: ChildProcess[] = []
  const logs: LogLine[] = []
  const start = components.spawn ?? nodeSpawn
  // What a test starts itself does not know of launchers.
  const machine = components.spawn === undefined ? thisMachine() : bareMachine()
  const spawn: Spawn = (file, args, options) => {
    const child = start(file, args, options)
    children.push(child)
    return child
  }
  const runner = sandbox({ cores: 2, memoryMb: 4096, ...init })({
    log: (line) => void logs.push(line),
    machine,
    ...components,
    spawn,
  })
  onTestFinished(() => runner.stop())
  return { runner, children, logs }
}

/** The processes that hold isolates, not their launchers. */
export function pidsOf({ children }: Bench): number[] {
  return children
    .filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
    .map(({ pid = 0 }) => innermost(pid))
}

/** As if no tool for a jail were installed. */
export function bareMachine(): Machine {
  return { ...thisMachine(), find: () => undefined }
}

/** How a call failed; throws when it did not. */
export async function failure(call: Promise<unknown>): Promise<HitherError> {
  try {
    await call
  } catch (error) {
    return error as HitherError
  }
  throw new Error('the call did not fail')
}

/** All of an answer. */
export async function whole(call: ReturnType<Runner['run']>): Promise<WholeRun> {
  const { body, metrics, ...head } = await call
  return { ...head, body: await readWhole(body), metrics: await metrics }
}

export async function text(call: ReturnType<Runner['run']>): Promise<string> {
  return new TextDecoder().decode((await whole(call)).body)
}

/** Waits for what no event tells. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(ASK_MS)
}

/** User and system time of a process, in ms. */
export function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    // No such process.
    return false
  }
}

/**
 * Waits until each of so many processes has burned this much since now, or what they are to burn for is over. Gives their ids. What a spare burns
 * while it starts does not count: what is not ready yet has not the lowest priority.
 */
export async function burning(on: Bench, count: number, ms: number, over = (): boolean => false): Promise<number[]> {
  const before = new Map<number, number>()
  let found: number[] = []
  await until(() => {
    const ready = pidsOf(on).filter((pid) => getPriority(pid) === constants.priority.PRIORITY_LOW)
    for (const pid of ready) if (!before.has(pid)) before.set(pid, cpuMsOf(pid))
    found = ready.filter((pid) => cpuMsOf(pid) - (before.get(pid) ?? 0) >= ms)
    return found.length >= count || over()
  })
  return found
}

export { ENDLESS, handler, makeJob, type JobInit } from './jobs.ts'
