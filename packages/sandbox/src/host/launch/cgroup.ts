import { accessSync, constants, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { posix } from 'node:path'
import { HitherError } from '@hither/core'

/** Control groups as files. */
export interface CgroupFiles {
  read(path: string): string
  write(path: string, text: string): void
  mkdir(path: string): void
  rmdir(path: string): void
  isWritable(path: string): boolean
}

interface Bounds {
  memoryMb: number
  threads: number
}

/** A group of its own for each process, where this process may make groups. */
export interface Cgroups {
  /** Puts a process under the bounds. Returns how to remove them once it is gone; where that fails, it is tried again with each process that follows. Throws where it cannot. */
  confine(pid: number, bounds: Bounds): () => void
}

const CONTROLLERS = ['memory', 'pids']

export const systemCgroups: CgroupFiles = {
  read: (path) => readFileSync(path, 'latin1'),
  write: (path, text) => writeFileSync(path, text),
  mkdir: (path) => mkdirSync(path),
  rmdir: (path) => rmdirSync(path),
  isWritable(path) {
    try {
      accessSync(path, constants.W_OK)
      return true
    } catch {
      return false
    }
  },
}

/**
 * Groups beside one's own, or below it. The kernel lets only groups without processes hand controllers on, so beside is where
 * systemd's delegation leaves room (`Delegate=` with `DelegateSubgroup=`). Throws `unsupported` with what is in the way.
 */
export function findCgroups(files: CgroupFiles, selfPid: number): Cgroups {
  const own = ownGroup(files)
  const base = [posix.dirname(own), own].find((folder) => mayHold(files, folder))
  if (base === undefined) {
    throw new HitherError('unsupported', 'no control group is ours to divide', {
      fix: 'run it as a systemd service with Delegate=yes and DelegateSubgroup=peer',
    })
  }
  let count = 0
  /** How to remove those that were to go, and which the kernel held on to. */
  const left = new Set<() => void>()
  return {
    confine(pid, { memoryMb, threads }) {
      for (const remove of left) attempt(remove)
      count += 1
      const group = `${base}/hither-${selfPid}-${count}`
      files.mkdir(group)
      let there = true
      const remove = (): void => {
        if (!there) return
        left.add(remove)
        files.rmdir(group)
        left.delete(remove)
        there = false
      }
      try {
        files.write(`${group}/memory.max`, String(memoryMb * 1024 * 1024))
        files.write(`${group}/memory.oom.group`, '1')
        files.write(`${group}/pids.max`, String(threads))
        files.write(`${group}/cgroup.procs`, String(pid))
      } catch (error) {
        remove()
        throw error
      }
      return remove
    },
  }
}

/** It may fail once more. */
function attempt(remove: () => void): void {
  try {
    remove()
  } catch {
    // It is tried again with the next process.
  }
}

/** The folder of this process's group. */
function ownGroup(files: CgroupFiles): string {
  const mounts = files.read('/proc/self/mounts').split('\n')
  const mount = mounts.map((line) => line.split(' ')).find(([, , type]) => type === 'cgroup2')?.[1]
  const line = files.read('/proc/self/cgroup').split('\n')
  const path = line.find((entry) => entry.startsWith('0::'))?.slice('0::'.length)
  if (mount === undefined || path === undefined) {
    throw new HitherError('unsupported', 'there are no control groups of version 2 here')
  }
  const available = files.read(`${mount}/cgroup.controllers`).trim().split(' ')
  const missing = CONTROLLERS.filter((name) => !available.includes(name))
  if (missing.length > 0) {
    throw new HitherError('unsupported', `control groups of version 2 here have no say over ${missing.join(' and ')}`, {
      why: 'this machine has them under version 1, or not at all',
    })
  }
  return posix.join(mount, path)
}

function mayHold(files: CgroupFiles, folder: string): boolean {
  try {
    if (!files.isWritable(`${folder}/cgroup.procs`)) return false
    const granted = files.read(`${folder}/cgroup.subtree_control`).trim().split(' ')
    const missing = CONTROLLERS.filter((name) => !granted.includes(name))
    if (missing.length > 0) {
      files.write(`${folder}/cgroup.subtree_control`, missing.map((name) => `+${name}`).join(' '))
    }
    return true
  } catch {
    // Above the root, or in use: the kernel does not let it.
    return false
  }
}
