import { readdirSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { childrenOf } from './lineage.ts'

/**
 * Gives a process, what it started, and every thread of theirs the lowest priority that the system has. On Linux niceness
 * belongs to each thread: those of V8 that collect garbage and compile would keep the owner's. Who dies in between needs none.
 */
export function lowestPriority(pid: number): void {
  for (const one of familyOf(pid)) for (const thread of threadsOf(one)) lower(thread)
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
