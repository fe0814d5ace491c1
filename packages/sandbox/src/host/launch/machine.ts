import { execFile, spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { cpus } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import type { Profile } from '@hither/core'
import { THREADS_BESIDE_CORES } from '../limits.ts'
import { findCgroups, systemCgroups, type Cgroups } from './cgroup.ts'
import { findCode, type Code } from './code.ts'
import type { Spawn } from './command.ts'
import { snapshotCommand } from './node.ts'
import { takeSnapshot, type Snapshot } from './snapshot.ts'

/** What this machine has that a jail could be built of. */
export interface Machine {
  platform: NodeJS.Platform
  arch: string
  /** Of Node.js, such as `v24.21.0`. */
  nodeVersion: string
  isRoot: boolean
  cores: number
  /** The absolute path of a program. */
  find(tool: string): string | undefined
  code(): Code
  /** Starts processes for trials. */
  spawn: Spawn
  /** A snapshot of the runtime for processes of this profile, in a file to read from; undefined where none can be made. */
  snapshot(profile: Profile): Promise<Snapshot | undefined>
  /** Runs a program to its end. Rejects where it fails. */
  run(file: string, args: string[]): Promise<unknown>
  /** Throws `unsupported` where there are none to be had. */
  cgroups(): Cgroups
}

/** Where tools are, also for those whose PATH does not say so. */
const FOLDERS = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin']

export function thisMachine(): Machine {
  const folders = new Set([...(process.env['PATH'] ?? '').split(delimiter).filter((path) => path !== ''), ...FOLDERS])
  return {
    platform: process.platform,
    arch: process.arch,
    nodeVersion: process.version,
    isRoot: process.geteuid?.() === 0,
    cores: cpus().length,
    find: (tool) => [...folders].map((folder) => join(folder, tool)).find(isExecutable),
    code: findCode,
    spawn,
    snapshot: (profile) => takeSnapshot(snapshotCommand(findCode(), profile)),
    run: async (file, args) => promisify(execFile)(file, args, { env: {} }),
    cgroups: () => findCgroups(systemCgroups, process.pid),
  }
}

/** How many threads a sandbox process may have here. */
export function threadsOf({ cores }: Machine): number {
  return cores + THREADS_BESIDE_CORES
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
