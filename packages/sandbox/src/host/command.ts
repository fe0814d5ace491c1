import type { SpawnOptions } from 'node:child_process'
import { fileURLToPath } from 'node:url'

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

export function sandboxCommand(): Command {
  // Run from sources (in tests) or from the build: the child is whatever this file is.
  const fromSource = import.meta.url.endsWith('.ts')
  const main = fileURLToPath(new URL(fromSource ? '../child/main.ts' : '../child/main.js', import.meta.url))
  return {
    file: process.execPath,
    args: [
      // isolated-vm demands it.
      '--no-node-snapshot',
      `--max-old-space-size=${OWN_HEAP_MB}`,
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
