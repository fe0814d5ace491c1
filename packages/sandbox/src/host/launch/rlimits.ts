import type { Profile } from '@hither/core'
import { STRANGERS_DATA_MB } from '../limits.ts'

/** A pipe, stdin, stderr, and what V8 and libuv wait with: some 25. */
const FILES = 128

const BYTES_PER_MB: number = 1024 * 1024

/** Limits that a process is born with. */
export function rlimits(prlimit: string, profile: Profile): string[] {
  return [
    prlimit,
    // One byte, and not none: none still starts the machine's crash handler, which would read all of its memory.
    '--core=1',
    `--nofile=${FILES}`,
    // It writes no files.
    '--fsize=0',
    '--memlock=0',
    // Compilers reserve what they never use, hundreds of megabytes for each isolate; an interpreter does not.
    ...(profile === 'strangers' ? [`--data=${STRANGERS_DATA_MB * BYTES_PER_MB}`] : []),
    '--',
  ]
}

/**
 * Sets the limit of its threads, from outside, once it lives in a user namespace of its own: there its threads alone count,
 * and not all those of its user.
 */
export function threadLimit(prlimit: string, pid: number, threads: number): string[] {
  return [prlimit, `--pid=${pid}`, `--nproc=${threads}`]
}
