import { readdirSync, readFileSync } from 'node:fs'
import { constants, setPriority } from 'node:os'

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
  return [
    pid,
    ...numbers(() => readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ')).flatMap(familyOf),
  ]
}

function threadsOf(pid: number): number[] {
  const threads = numbers(() => readdirSync(`/proc/${pid}/task`))
  return threads.length > 0 ? threads : [pid]
}

/** None where there is no /proc, or no such process any more. */
function numbers(words: () => string[]): number[] {
  try {
    return words()
      .map(Number)
      .filter((number) => number > 0)
  } catch {
    return []
  }
}
