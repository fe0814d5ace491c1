import type { Detector } from '../detector.ts'
import { LOAD_WINDOW_MS } from '../limits.ts'
import { notHere, type Machine } from '../machine.ts'

/** Columns of /proc/stat in which nothing of this machine works: idle, waiting for disks, and lent to another virtual machine. */
const IDLE_COLUMNS: ReadonlySet<number> = new Set([3, 4, 7])

/** Those that count time again which stands in others. */
const GUEST_COLUMN = 8

/** Fields of /proc/PID/stat, counted after the name: user and system time of the process, and of its children that ended. */
const TIMES = [11, 12, 13, 14]

/** Processor time since the machine started, in the kernel's ticks. */
interface Times {
  atMs: number
  all: number
  busy: number
  ours: number
}

/** What other programs use of the processors: all work, less that of this peer and whatever it started. */
export function load(machine: Machine): Detector<'othersLoad'> {
  let last: Times | undefined
  let share: number | undefined
  return {
    name: 'load',
    tells: 'othersLoad',
    by: '/proc: the processor time of all, less our own and that of our sandboxes',
    async read() {
      if (machine.platform !== 'linux') throw notHere('it is known how to tell our own work from others’ only on Linux')
      if (last !== undefined && machine.now() - last.atMs < LOAD_WINDOW_MS) return share
      const [ours, stat] = [await oursOf(machine, machine.pid), await machine.read('/proc/stat')]
      const times = { atMs: machine.now(), ...allOf(stat), ours }
      if (last !== undefined) share = shareBetween(last, times)
      last = times
      return share
    },
  }
}

function shareBetween(from: Times, to: Times): number {
  const others = to.busy - from.busy - Math.max(0, to.ours - from.ours)
  return Math.min(1, Math.max(0, others / Math.max(1, to.all - from.all)))
}

function allOf(stat: string): { all: number; busy: number } {
  const columns = /^cpu +(.*)$/m.exec(stat)?.[1]?.split(' ').map(Number).slice(0, GUEST_COLUMN)
  if (columns === undefined || columns.some(Number.isNaN)) throw notHere('/proc/stat cannot be read')
  const all = columns.reduce((sum, ticks) => sum + ticks, 0)
  return { all, busy: columns.reduce((sum, ticks, column) => sum + (IDLE_COLUMNS.has(column) ? 0 : ticks), 0) }
}

/** Of a process, of what it started, and of what of that has ended. A child that ends meanwhile counts then as its parent's. */
async function oursOf(machine: Machine, pid: number): Promise<number> {
  const children = await machine.read(`/proc/${pid}/task/${pid}/children`).catch((cause: unknown) => {
    if (pid !== machine.pid) return ''
    throw notHere('this kernel does not tell which processes are ours', cause)
  })
  const below = children
    .split(' ')
    .map(Number)
    .filter((child) => child > 0)
  const stat = await machine.read(`/proc/${pid}/stat`).catch(() => '')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const own = TIMES.reduce((sum, field) => sum + (Number(fields[field]) || 0), 0)
  const theirs = await Promise.all(below.map((child) => oursOf(machine, child)))
  return theirs.reduce((sum, ticks) => sum + ticks, own)
}
