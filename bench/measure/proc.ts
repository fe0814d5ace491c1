import { readdirSync, readFileSync } from 'node:fs'

/** What Linux says of processes. Of one that is gone: nothing, as zero. */

/** USER_HZ, which is 100 on every Linux that Node runs on, in µs. */
const TICK_US = 10_000

/** A process and all that it has started, and they have, as far as they live. */
export function familyOf(pid: number): number[] {
  const children = list(`/proc/${pid}/task`).flatMap((thread) =>
    read(`/proc/${pid}/task/${thread}/children`).split(' ').map(Number).filter(Boolean),
  )
  return [pid, ...children.flatMap(familyOf)]
}

/** Processor time of a process and all that it started, in µs, in steps of 10 ms each. Those that have ended count where they were waited for. */
export function cpuUsOf(pid: number): number {
  return familyOf(pid).reduce((total, one) => total + ticksOf(one, [11, 12, 13, 14]) * TICK_US, 0)
}

/** Of one process alone, without what it started. */
export function ownCpuUsOf(pid: number): number {
  return ticksOf(pid, [11, 12]) * TICK_US
}

/** Resident memory of one process, in bytes. */
export function rssBytesOf(pid: number): number {
  return 1024 * statusOf(pid, 'VmRSS')
}

export function descriptorsOf(pid: number): number {
  return list(`/proc/${pid}/fd`).length
}

/** How often the threads of a process gave up a processor to wait for something. */
export function wakesOf(pid: number): number {
  return list(`/proc/${pid}/task`).reduce(
    (total, thread) => total + fieldOf(read(`/proc/${pid}/task/${thread}/status`), 'voluntary_ctxt_switches'),
    0,
  )
}

function statusOf(pid: number, field: string): number {
  return fieldOf(read(`/proc/${pid}/status`), field)
}

function fieldOf(text: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0)
}

/** The sum of some fields. After the last bracket, before which the name may hold anything, utime is 11, stime 12, those of ended children 13, 14. */
function ticksOf(pid: number, fields: readonly number[]): number {
  const stat = read(`/proc/${pid}/stat`)
  const found = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields.reduce((total, at) => total + Number(found[at] ?? 0), 0)
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}
