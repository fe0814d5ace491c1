import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs'

/** What the kernel says about a process. */
export interface Sample {
  /** Resident memory of its own, in bytes: without the pages of Node itself, which all processes share. */
  memoryBytes: number
  /** User and system time since it started, in ms; the kernel counts in steps of 10. */
  cpuMs: number
  /** Its main thread waits for something; one that only waits for the processor does not. */
  asleep: boolean
}

/** Watches one process. Where there is no /proc (macOS, Windows) it never has an answer. */
export interface Probe {
  read(): Sample | undefined
  /** All of its threads wait for something, none of them for the processor or for a disk. It takes a file for each thread. */
  rests(): boolean
  close(): void
}

/** Of a process that is not known yet. */
export const UNMEASURED: Probe = { read: () => undefined, rests: () => false, close: () => {} }

/** Linux shows times in 1/100 s on every architecture. */
const TICK_MS = 10

/** In /proc/PID/stat after the name: the state of a thread that waits for something, and how many fields further the times are. */
const SLEEPS = 'S'
const UTIME_FIELD = 11
const STIME_FIELD = 12

/** Fields of /proc/PID/statm, in pages. */
const RESIDENT_FIELD = 1
const SHARED_FIELD = 2

/** Longer than either file ever is. */
const FILE_MAX_BYTES = 1024

export function probe(pid: number): Probe {
  const files = open(pid)
  const buffer = Buffer.alloc(FILE_MAX_BYTES)
  const text = (fd: number): string => buffer.toString('latin1', 0, readSync(fd, buffer, 0, FILE_MAX_BYTES, 0))
  return {
    read() {
      if (files === undefined) return undefined
      try {
        const memory = text(files.memory).split(' ').map(Number)
        const fields = fieldsOf(text(files.times))
        const times = fields.map(Number)
        return {
          memoryBytes: (at(memory, RESIDENT_FIELD) - at(memory, SHARED_FIELD)) * pageBytes(),
          cpuMs: (at(times, UTIME_FIELD) + at(times, STIME_FIELD)) * TICK_MS,
          asleep: fields[0] === SLEEPS,
        }
      } catch {
        // The process is gone: its exit is reported elsewhere.
        return undefined
      }
    },
    rests() {
      if (files === undefined) return false
      try {
        return readdirSync(`/proc/${pid}/task`).every(
          (thread) => stateOf(`/proc/${pid}/task/${thread}/stat`) === SLEEPS,
        )
      } catch {
        // One of them ended meanwhile, so it was not at rest; or all of them did.
        return false
      }
    },
    close() {
      if (files === undefined) return
      closeSync(files.memory)
      closeSync(files.times)
    },
  }
}

function stateOf(path: string): string | undefined {
  return fieldsOf(readFileSync(path, 'latin1'))[0]
}

/** Those that follow the name, which may itself hold spaces and parentheses. */
function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** Kept open: cheaper, and a later process with the same number is never taken for this one. */
function open(pid: number): { memory: number; times: number } | undefined {
  try {
    return { memory: openSync(`/proc/${pid}/statm`, 'r'), times: openSync(`/proc/${pid}/stat`, 'r') }
  } catch {
    // No /proc here.
    return undefined
  }
}

function at(fields: number[], index: number): number {
  return fields[index] ?? Number.NaN
}

let knownPageBytes: number | undefined

/** 4 KB on most machines, 16 KB on some ARM ones: this process's own memory in bytes and in pages tells. */
function pageBytes(): number {
  if (knownPageBytes === undefined) {
    const pages = at(readFileSync('/proc/self/statm', 'latin1').split(' ').map(Number), RESIDENT_FIELD)
    knownPageBytes = 2 ** Math.round(Math.log2(process.memoryUsage.rss() / pages))
  }
  return knownPageBytes
}
