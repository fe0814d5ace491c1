import type { ChildProcess, SpawnOptions } from 'node:child_process'

export type Spawn = (file: string, args: string[], options: SpawnOptions) => ChildProcess

/** How a sandbox process is started. */
export interface Command {
  file: string
  args: string[]
  options: SpawnOptions
  /** What the launcher reads from `FILTER_FD`, where it does. */
  filter?: Uint8Array
  /** Node is not what is started, but a descendant of it: in namespaces of its own, whose first process takes all others with it. */
  walled: boolean
  /** The kernel ends it with its parent, whatever it does just then. */
  tethered: boolean
}

/** Where the pipe is, in the child and in `child.stdio`. */
export const PIPE_FD = 3

/** Where the process finds a snapshot of the runtime, where it is given one. */
export const SNAPSHOT_FD = 5

/** What the process is told first, where the kernel ends it with its parent. */
export const TETHERED = 'tethered'

/** Where the launcher finds its filter of system calls. */
export const FILTER_FD = 4

/** A bind of something of this machine's, read-only, to where the process finds it. */
export interface Bind {
  from: string
  to: string
}
