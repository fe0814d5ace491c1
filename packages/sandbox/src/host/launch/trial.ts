import type { Readable, Writable } from 'node:stream'
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
export function trial({ file, args, options, filter }: Command, on: TrialComponents): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  const child = on.spawn(file, args, options)
  let said = ''
  let complained = ''
  const stop = on.timers.after(TRIAL_MAX_MS, () => {
    complained = 'it said nothing in time'
    child.kill('SIGKILL')
  })
  const pipe = child.stdio[PIPE_FD] as Readable | null | undefined
  const filterPipe = child.stdio[FILTER_FD] as Writable | null | undefined
  // Those of a process that dies at once break; its end says why.
  for (const stream of [child.stdin, pipe, filterPipe]) stream?.on('error', () => {})
  filterPipe?.end(filter)
  pipe?.on('data', (bytes: Buffer) => (said += bytes.toString('latin1')))
  child.stderr?.on(
    'data',
    (bytes: Buffer) => (complained = (complained + bytes.toString()).slice(-LAST_WORDS_MAX_CHARS)),
  )
  child.on('error', ({ message }) => (complained = message))
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
