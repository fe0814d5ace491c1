import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SNAPSHOT_MAX_MS } from '../limits.ts'

/** A snapshot of the runtime, as a file that is open for reading and has no name any more. */
export interface Snapshot {
  fd: number
  /** SHA-256 in hexadecimal: whoever reads it makes sure that it is what was made. V8 itself aborts on whatever it is not. */
  hash: string
  close(): void
}

/**
 * Has a program write a snapshot. It is a process of its own since V8 aborts where it cannot make one; that, or anything
 * else that goes wrong, is no snapshot, and isolates then evaluate the runtime.
 *
 * V8 believes a snapshot, and a code cache, as it believes its own machine code, so it matters who writes them. This one is
 * made of our runtime alone, by this peer, anew in each of its lives: there is no file to be found damaged, or exchanged.
 * Sandbox processes have it only to read, through a descriptor that opens for nothing else; and what one of them compiles
 * of a user's code never leaves its memory (see `child/guest-load.ts`), so that none can prepare anything for another.
 */
export async function takeSnapshot(command: readonly [string, ...string[]]): Promise<Snapshot | undefined> {
  try {
    const folder = mkdtempSync(join(tmpdir(), 'hither-'))
    try {
      return await takeIn(folder, command)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  } catch {
    // No room for the file, no folder for it, or no process.
    return undefined
  }
}

async function takeIn(folder: string, [file, ...args]: readonly [string, ...string[]]): Promise<Snapshot | undefined> {
  const path = join(folder, 'snapshot')
  const out = openSync(path, 'wx', 0o600)
  try {
    const child = spawn(file, args, { env: {}, stdio: ['ignore', out, 'ignore'], timeout: SNAPSHOT_MAX_MS })
    const [code] = (await once(child, 'close')) as [number | null]
    if (code !== 0) return undefined
  } finally {
    closeSync(out)
  }
  const fd = openSync(path, 'r')
  const hash = createHash('sha256').update(readFileSync(path)).digest('hex')
  return { fd, hash, close: () => closeSync(fd) }
}
