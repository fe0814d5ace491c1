import { readdirSync, readFileSync } from 'node:fs'

/** The living children of a process, by their number, which nobody else gets while we look. */
export function childrenOf(pid: number): number[] {
  return numbers().filter((one) => parentOf(one) === pid)
}

export function isAlive(pid: number): boolean {
  return parentOf(pid) !== undefined
}

function numbers(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

/** Undefined for one that is gone, or dead and not yet collected. */
function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' ? undefined : Number(parent)
  } catch {
    return undefined
  }
}
