import type { Profile } from '@hither/core'

import { bindsOf, insideOf, type Code, type Program } from './code.ts'
import { FILTER_FD, PIPE_FD, SNAPSHOT_FD, type Bind, type Command } from './command.ts'
import { bubblewrap } from './bubblewrap.ts'
import { namespaces } from './namespaces.ts'
import { nodeCommand } from './node.ts'
import type { Snapshot } from './snapshot.ts'
import { rlimits } from './rlimits.ts'
import { tethered } from './tether.ts'
import { unprivileged } from './unprivileged.ts'

/** What keeps files, network and other processes out of sight. */
export type Wall =
  | { by: 'bubblewrap'; bwrap: string; filter?: Uint8Array }
  | { by: 'namespaces'; unshare: string; mount: string; mkdir: string; sh: string }

/** Of which layers a process is started. */
export interface Recipe {
  code: Code
  wall?: Wall
  prlimit?: string
  /** With which root becomes nobody. */
  setpriv?: string
  /** The same program, where by it the kernel ends a process with the thread that started it. */
  tether?: string
}

/**
 * Whether the kernel ends it with its parent, whatever it does just then. Else it has to see to that itself, as without a wall: the
 * kernel unties a program that has capabilities of its own, as some give them to Node so that it may listen on port 80.
 */
export function isTethered({ wall, tether }: Recipe): boolean {
  return wall !== undefined && (wall.by === 'bubblewrap' || tether !== undefined)
}

/** A recipe as a command: the layers that a process goes through, the outermost first. */
export function commandOf(
  recipe: Recipe,
  profile: Profile,
  { program = 'main', snapshot }: { program?: Program; snapshot?: Snapshot | undefined } = {},
): Command {
  const { code, wall, prlimit, setpriv, tether } = recipe
  const [file = '', ...args] = [
    ...(setpriv === undefined ? [] : unprivileged(setpriv)),
    ...(prlimit === undefined ? [] : rlimits(prlimit, profile)),
    // After whoever becomes nobody: that would untie it.
    ...(tether === undefined ? [] : tethered(tether)),
    ...(wall === undefined ? [] : through(wall, bindsOf(code))),
    ...nodeCommand(wall === undefined ? code : insideOf(code), profile, {
      program,
      tethered: isTethered(recipe),
      snapshot: snapshot?.hash,
    }),
  ]
  const filter = wall?.by === 'bubblewrap' ? wall.filter : undefined
  return {
    file,
    args,
    walled: wall !== undefined,
    tethered: isTethered(recipe),
    ...(filter !== undefined && { filter }),
    options: {
      // Nothing of the parent's: keys and tokens live in environments, and relative paths in working directories.
      env: {},
      cwd: '/',
      // Out of the terminal's process group: Ctrl-C is the parent's to handle.
      detached: true,
      windowsHide: true,
      stdio: stdio(filter !== undefined, snapshot?.fd),
    },
  }
}

/** stdin carries nothing: it ends with the parent, which a child that is not tethered waits for. stdout is its bell: see `ipc/frames.ts`. */
function stdio(filtered: boolean, snapshot: number | undefined): ('pipe' | 'ignore' | number)[] {
  const pipes: ('pipe' | 'ignore' | number)[] = ['pipe', 'pipe', 'pipe']
  pipes[PIPE_FD] = 'pipe'
  if (filtered) pipes[FILTER_FD] = 'pipe'
  if (snapshot === undefined) return pipes
  // Node skips a place that is left out, and what comes behind it would be a descriptor lower.
  pipes[FILTER_FD] ??= 'ignore'
  pipes[SNAPSHOT_FD] = snapshot
  return pipes
}

function through(wall: Wall, binds: readonly Bind[]): string[] {
  if (wall.by === 'namespaces') return namespaces({ ...wall, binds })
  return bubblewrap({ ...wall, binds, filtered: wall.filter !== undefined })
}
