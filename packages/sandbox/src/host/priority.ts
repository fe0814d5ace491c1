import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { childrenOf } from './lineage.ts'

/**
 * Gives a process, what it started, and every thread of theirs the lowest priority that the system has. On Linux niceness
 * belongs to each thread: those of V8 that collect garbage and compile would keep the owner's. Who dies in between needs none.
 */
export function lowestPriority(pid: number): void {
  for (const one of familyOf(pid)) for (const thread of threadsOf(one)) lower(thread)
}

/**
 * The same for its session, unless that is this process's own. Where Linux groups processes by these, as desktops have it, niceness counts
 * only among those of a group, and each group has a niceness of its own. False where the kernel wants to be asked again later: it takes ten
 * a second of all who are not root.
 */
export function lowestGroup(pid: number): boolean {
  const path = `/proc/${pid}/autogroup`
  try {
    if (groupIn(path) !== groupIn('/proc/self/autogroup')) writeFileSync(path, String(constants.priority.PRIORITY_LOW))
    return true
  } catch (error) {
    // Else there are no such groups here, or the process is gone.
    return codeOf(error) !== 'EAGAIN'
  }
}

/** As in "/autogroup-12 nice 0". */
function groupIn(path: string): string | undefined {
  return readFileSync(path, 'latin1').split(' ')[0]
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

function lower(thread: number): void {
  try {
    setPriority(thread, constants.priority.PRIORITY_LOW)
  } catch {
    // It is gone, which its process's exit tells.
  }
}

/** A launcher in front of a sandbox is its parent. */
function familyOf(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(familyOf)]
}

function threadsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number)
  } catch {
    // No /proc here, or no such process any more.
    return [pid]
  }
}
