import type { SpawnOptions } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Profile } from '@hither/core'

/**
 * How a sandbox process is started. Layers of the operating system (a launcher in front, a filter, a stricter V8) belong
 * here and nowhere else.
 */
export interface Command {
  file: string
  args: string[]
  options: SpawnOptions
}

/** Where the pipe is, in the child and in `child.stdio`. */
export const PIPE_FD = 3

/** The process's own heap, in MB: it holds frames on their way. The isolates have limits of their own. */
const OWN_HEAP_MB = 64

export function sandboxCommand(profile: Profile): Command {
  // In tests this file is a source, and so is the child; but Node strips types with WebAssembly, which an interpreter lacks.
  const isSource = import.meta.url.endsWith('.ts')
  const fromSource = isSource && profile === 'trusted'
  const folder = isSource && !fromSource ? '../../dist/child' : '../child'
  const main = fileURLToPath(new URL(`${folder}/main.${fromSource ? 'ts' : 'js'}`, import.meta.url))
  return {
    file: process.execPath,
    args: [
      // isolated-vm demands it.
      '--no-node-snapshot',
      `--max-old-space-size=${OWN_HEAP_MB}`,
      // No machine code is made of what strangers write, so that flaws in V8's compilers are none of theirs.
      ...(profile === 'strangers' ? ['--jitless'] : []),
      ...(fromSource ? ['--conditions=hither-source', '--disable-warning=ExperimentalWarning'] : []),
      main,
    ],
    options: {
      // Nothing of the parent's: keys and tokens live in environments, and relative paths in working directories.
      env: {},
      cwd: '/',
      // Out of the terminal's process group: Ctrl-C is the parent's to handle.
      detached: true,
      windowsHide: true,
      // stdin carries nothing: it ends with the parent, and the child with it.
      stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    },
  }
}
