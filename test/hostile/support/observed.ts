import { spawn } from 'node:child_process'
import { readWhole, type HitherError, type Job, type LogLine, type Runner } from '@hither/core'
import { expect, vi } from 'vitest'
import { hostileJob, jail, type HostileInit } from './jail.ts'

/** A jail, what it logs, and how many processes it took. */
export interface Observed {
  runner: Runner
  logs: LogLine[]
  /** Processes started so far. One that was killed is followed by another. */
  started(): number
}

export async function observed(): Promise<Observed> {
  const logs: LogLine[] = []
  let started = 0
  const runner = await jail(
    {},
    {
      log: (line) => void logs.push(line),
      spawn: (...command) => {
        started += 1
        return spawn(...command)
      },
    },
  )
  return { runner, logs, started: () => started }
}

/** A process that says nothing of a call whose time is over is ended after 5 s. */
const SETTLED_MAX_MS = 20_000

/** Waits until nothing of it is left: a call whose caller was told that its time is over keeps its slot until its process has done with it. */
export async function settled(runner: Runner): Promise<void> {
  await vi.waitFor(() => expect(runner.load()).toMatchObject({ busy: 0, queued: 0 }), { timeout: SETTLED_MAX_MS })
}

/** How a call ended: by an answer of this status and text, or by an error of this code. */
export interface Outcome {
  status: number
  text: string
  /** Empty where there is an answer. */
  code: string
  /** All that the caller is told of the error. */
  told: string
}

export async function outcome(runner: Runner, job: Job): Promise<Outcome> {
  try {
    const { status, headers, body } = await runner.run(job)
    const text = new TextDecoder().decode(await readWhole(body))
    return { status, text, code: '', told: JSON.stringify(headers) + text }
  } catch (thrown) {
    const error = thrown as HitherError
    return { status: 0, text: '', code: error.code, told: JSON.stringify(error.toWire()) }
  }
}

/** Loads a module and calls it. */
export async function outcomeOf(runner: Runner, text: string, init: HostileInit = {}): Promise<Outcome> {
  return outcome(runner, await hostileJob(text, init))
}

/** A neighbour: another function of the same publisher, in the same process. It says whether it was loaded again. */
export const NEIGHBOUR = `const id = crypto.randomUUID(); export default () => new Response('well ' + id)`
