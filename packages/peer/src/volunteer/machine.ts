import { execFile } from 'node:child_process'
import { readdir, readFile, stat, statfs } from 'node:fs/promises'
import { freemem } from 'node:os'
import { promisify } from 'node:util'
import { HitherError } from '@hither/core'
import { OUTPUT_MAX_BYTES, READ_MAX_MS } from './limits.ts'

/** The machine as detectors see it, so that tests can play one. Nothing here blocks; all of it may hang or fail. */
export interface Machine {
  platform: NodeJS.Platform
  pid: number
  /** Ms that only grow. */
  now(): number
  /** Ms since 1970. */
  wallClock(): number
  read(path: string): Promise<string>
  list(path: string): Promise<string[]>
  /** When a file was last read from, in ms since 1970. */
  readAt(path: string): Promise<number>
  /** Bytes that this user may still write where `path` is. */
  freeDisk(path: string): Promise<number>
  freeMemory(): number
  /** What a command prints. It is ended when it takes too long. */
  run(file: string, args: string[]): Promise<string>
}

const runFile = promisify(execFile)

export const realMachine: Machine = {
  platform: process.platform,
  pid: process.pid,
  now: () => performance.now(),
  wallClock: () => Date.now(),
  read: (path) => readFile(path, 'latin1'),
  list: (path) => readdir(path),
  readAt: async (path) => (await stat(path)).atimeMs,
  async freeDisk(path) {
    const { bavail, bsize } = await statfs(path)
    return bavail * bsize
  },
  freeMemory: freemem,
  async run(file, args) {
    const bounds = { timeout: READ_MAX_MS, killSignal: 'SIGKILL', maxBuffer: OUTPUT_MAX_BYTES } as const
    return (await runFile(file, args, { ...bounds, windowsHide: true })).stdout
  },
}

/** It cannot be told on this machine. */
export function notHere(why: string, cause?: unknown): HitherError {
  return new HitherError('unsupported', why, { cause })
}
