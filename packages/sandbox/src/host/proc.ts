import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

/** What the kernel says about a process. */
export interface Sample {
  rssBytes: number
  /** User and system time since it started, in ms; the kernel counts in steps of 10. */
  cpuMs: number
}

/** Watches one process. Where there is no /proc (macOS, Windows) it never has an answer. */
export interface Probe {
  read(): Sample | undefined
  close(): void
}

/** Linux shows times in 1/100 s on every architecture. */
const TICK_MS = 10

/** Fields of /proc/PID/stat, counted after the name, which may itself hold spaces and parentheses. */
const UTIME_FIELD = 11
const STIME_FIELD = 12
const RSS_FIELD = 21

/** Longer than the file ever is. */
const FILE_MAX_BYTES = 1024

export function probe(pid: number): Probe {
  const fd = open(pid)
  const buffer = Buffer.alloc(FILE_MAX_BYTES)
  return {
    read() {
      if (fd === undefined) return undefined
      try {
        const fields = fieldsOf(buffer.toString('latin1', 0, readSync(fd, buffer, 0, FILE_MAX_BYTES, 0)))
        return {
          rssBytes: field(fields, RSS_FIELD) * pageBytes(),
          cpuMs: (field(fields, UTIME_FIELD) + field(fields, STIME_FIELD)) * TICK_MS,
        }
      } catch {
        // The process is gone: its exit is reported elsewhere.
        return undefined
      }
    },
    close() {
      if (fd !== undefined) closeSync(fd)
    },
  }
}

/** Kept open: cheaper, and a later process with the same number is never taken for this one. */
function open(pid: number): number | undefined {
  try {
    return openSync(`/proc/${pid}/stat`, 'r')
  } catch {
    // No /proc here.
    return undefined
  }
}

function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function field(fields: string[], index: number): number {
  return Number(fields[index])
}

let knownPageBytes: number | undefined

/** 4 KB on most machines, 16 KB on some ARM ones: this process's own memory in bytes and in pages tells. */
function pageBytes(): number {
  knownPageBytes ??= 2 ** Math.round(Math.log2(process.memoryUsage.rss() / ownPages()))
  return knownPageBytes
}

function ownPages(): number {
  return field(fieldsOf(readFileSync('/proc/self/stat', 'latin1')), RSS_FIELD)
}
