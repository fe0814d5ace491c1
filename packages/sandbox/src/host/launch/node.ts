import type { Profile } from '@hither/core'
import type { Code, Program } from './code.ts'
import { SNAPSHOT_FD, TETHERED } from './command.ts'

/** The process's own heap, in MB: it holds frames on their way. The isolates have limits of their own. */
const OWN_HEAP_MB = 64

/** Node with its own locks, as seen from where it runs. `snapshot` is the hash of what is on `SNAPSHOT_FD`; one that is not `tethered` keeps a thread that ends it with the parent. `sight` comes without them, since it is to see what the walls alone keep from it. */
export function nodeCommand(
  code: Code,
  profile: Profile,
  { program, tethered, snapshot }: { program: Program; tethered: boolean; snapshot?: string | undefined },
): [file: string, ...args: string[]] {
  return [
    code.node,
    ...flagsOf(profile),
    `--max-old-space-size=${OWN_HEAP_MB}`,
    // A signal must not open the inspector, which can do everything.
    '--disable-sigusr1',
    ...(program === 'main' ? permissions(code) : []),
    code.programs[program],
    tethered ? TETHERED : 'alone',
    ...(snapshot === undefined ? [] : [String(SNAPSHOT_FD), snapshot]),
    code.addon,
  ]
}

/** The program that makes a snapshot for processes of this profile. */
export function snapshotCommand(code: Code, profile: Profile): [file: string, ...args: string[]] {
  return [code.node, ...flagsOf(profile), code.snapshot, code.addon]
}

/** What V8 is like. A snapshot holds only where it is the same. */
function flagsOf(profile: Profile): string[] {
  return [
    // isolated-vm demands it.
    '--no-node-snapshot',
    // No machine code is made of what strangers write, so that flaws in V8's compilers are none of theirs.
    ...(profile === 'strangers' ? ['--jitless'] : []),
  ]
}

/** No files but its own code, no processes, no inspector. A seat belt: it holds what runs in V8, not what broke out of it. */
function permissions({ programs, worker, runtime, addon }: Code): string[] {
  return [
    '--permission',
    '--allow-addons',
    '--allow-worker',
    ...[programs.main, worker, runtime, addon].map((path) => `--allow-fs-read=${path}`),
    '--disable-warning=SecurityWarning',
  ]
}
