import type { ChildProcess } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { toHitherError } from '@hither/core'
import { LAST_WORDS_MAX_CHARS, TRIAL_MAX_MS } from '../limits.ts'
import type { Timers } from '../timers.ts'
import type { Sight } from '../../child/sight.ts'
import { FILTER_FD, PIPE_FD, type Command, type Spawn } from './command.ts'

export interface TrialComponents {
  spawn: Spawn
  timers: Timers
}

/** What was seen from inside; or why nothing was. */
export type Outcome = { sight: Sight; outerPid: number } | { why: string }

/** Starts a command whose program looks around, and ends it when it has said what it sees. Never rejects. */
export async function trial({ file, args, options, filter }: Command, on: TrialComponents): Promise<Outcome> {
  try {
    return await look(on.spawn(file, args, options), filter, on.timers)
  } catch (error) {
    // As where there is no memory for one more process.
    return { why: toHitherError(error).message }
  }
}

function look(child: ChildProcess, filter: Uint8Array | undefined, timers: Timers): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  let said = ''
  let complained = ''
  const stop = timers.after(TRIAL_MAX_MS, () => {
    complained = 'it said nothing in time'
    child.kill('SIGKILL')
  })
  // Before its pipes are touched: where it was not started it may have none, and nothing else is said.
  child.on('error', ({ message }) => {
    stop()
    resolve({ why: message })
  })
  const stdio = child.stdio as ChildProcess['stdio'] | undefined
  const pipe = stdio?.[PIPE_FD] as Readable | null | undefined
  const filterPipe = stdio?.[FILTER_FD] as Writable | null | undefined
  // Those of a process that dies at once break; its end says why.
  for (const stream of [child.stdin, pipe, filterPipe]) stream?.on('error', () => {})
  filterPipe?.end(filter)
  pipe?.on('data', (bytes: Buffer) => (said += bytes.toString('latin1')))
  child.stderr?.on(
    'data',
    (bytes: Buffer) => (complained = (complained + bytes.toString()).slice(-LAST_WORDS_MAX_CHARS)),
  )
  child.on('close', (code) => {
    stop()
    const sight = read(said)
    if (sight === undefined) resolve({ why: complained.trim().split('\n')[0] || `it ended with code ${code}` })
    else resolve({ sight, outerPid: child.pid ?? 0 })
  })
  return promise
}

/** Only our own program writes there, and it writes all or nothing. */
function read(said: string): Sight | undefined {
  try {
    return JSON.parse(said) as Sight
  } catch {
    return undefined
  }
}
