import type { Profile } from '@hither/core'
import type { Code, Program } from './code.ts'

/** The process's own heap, in MB: it holds frames on their way. The isolates have limits of their own. */
const OWN_HEAP_MB = 64

/** Node with its own locks, as seen from where it runs. `sight` comes without them, since it is to see what the walls alone keep from it. */
export function nodeCommand(code: Code, profile: Profile, program: Program): [file: string, ...args: string[]] {
  return [
    code.node,
    // isolated-vm demands it.
    '--no-node-snapshot',
    `--max-old-space-size=${OWN_HEAP_MB}`,
    // A signal must not open the inspector, which can do everything.
    '--disable-sigusr1',
    // No machine code is made of what strangers write, so that flaws in V8's compilers are none of theirs.
    ...(profile === 'strangers' ? ['--jitless'] : []),
    ...(program === 'main' ? permissions(code) : []),
    code.programs[program],
    code.addon,
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
