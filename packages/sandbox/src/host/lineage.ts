import { readdirSync, readFileSync } from 'node:fs'

/** A process's children now, by their ids. */
export function childrenOf(pid: number): number[] {
  try {
    const ids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim()
    return ids === '' ? [] : ids.split(' ').map(Number)
  } catch {
    // It is gone; or this kernel keeps no such lists, and everybody must be asked.
    return everybody()
      .filter((name) => parentOf(name) === pid)
      .map(Number)
  }
}

/** The last in the line of only children that begins with this process: of a chain of launchers, what they launched. */
export function innermost(pid: number): number {
  const [only, ...others] = childrenOf(pid)
  return only === undefined || others.length > 0 ? pid : innermost(only)
}

function everybody(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {
    // No /proc here.
    return []
  }
}

function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // State and parent follow the name, which may itself hold spaces and parentheses.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    // It went meanwhile.
    return undefined
  }
}
