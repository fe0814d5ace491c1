import { constants, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { HitherError } from '@hither/core'
import { createFileAtomic } from '@hither/store'
import { codeOf } from './error-code.ts'

/** Bits of a file's mode that let anyone but its owner do something with it. */
const OTHERS = 0o077

/** Bits of a folder's mode that let others put files of theirs in place of those in it, and the one that forbids it again. */
const OTHERS_WRITE = 0o022
const STICKY = 0o1000

/** What to do about a key that is too long. */
const RESTORE = 'restore it from a backup; to start anew as somebody else, move the file away'

/** A key is one short line. */
const MAX_BYTES = 4096

/**
 * What is in a file that only its owner may read; undefined where there is none. Throws `bad-key` where others can read it, own it or
 * put another in its place, where it cannot be read, and where it is no file. What is checked is what is read: it is opened once.
 * Windows has no modes, and shows the same for every file: there it is the folder of its user that keeps others out.
 */
export async function readSecretFile(
  path: string,
  platform: NodeJS.Platform = process.platform,
): Promise<string | undefined> {
  try {
    // Not waiting for a writer, where somebody put a pipe there.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stats = await file.stat()
    if (!stats.isFile()) throw refuse(path, 'is not a file', { fix: 'move it away' })
    if (stats.size > MAX_BYTES) throw refuse(path, 'is damaged', { why: `it has ${stats.size} bytes`, fix: RESTORE })
    checkOwner(path, stats.uid)
    if (platform !== 'win32') {
      checkMode(path, stats.mode)
      await checkFolder(dirname(path))
    }
    return await file.readFile('utf8')
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined
    if (thrown instanceof HitherError) throw thrown
    const fix = `let it be a file that this user may read: chmod 600 ${path}`
    throw refuse(path, 'cannot be read', { why: String(thrown), fix, cause: thrown })
  }
}

/**
 * Makes a secret file for its owner only, and never replaces one: where another process was faster, gives what that one wrote.
 * Throws `bad-key`.
 */
export async function createSecretFile(path: string, text: string): Promise<string> {
  try {
    if (await createFileAtomic(path, new TextEncoder().encode(text))) return text
  } catch (cause) {
    throw noKey(path, cause instanceof Error ? cause.message : String(cause), cause)
  }
  const other = await readSecretFile(path)
  if (other === undefined) throw noKey(path, 'something is there that is no file')
  return other
}

function noKey(path: string, why: string, cause?: unknown): HitherError {
  return new HitherError('bad-key', `no key can be made at ${path}`, { why, cause })
}

export function damagedKey(path: string, why: string, fix: string): HitherError {
  return new HitherError('bad-key', `the key ${path} is damaged`, { why, fix })
}

function checkOwner(path: string, owner: number): void {
  const user = process.getuid?.()
  if (user === undefined || user === owner) return
  throw refuse(path, 'belongs to another user', {
    why: `its owner is user ${owner}, and this is user ${user}`,
    fix: 'run hither as that user, or with a home of this one (--home)',
  })
}

function checkMode(path: string, mode: number): void {
  if ((mode & OTHERS) === 0) return
  throw refuse(path, 'is open to other users', {
    why: `its mode is ${(mode & 0o777).toString(8)}; whoever could read it may have copied it`,
    fix: `chmod 600 ${path}   (and use a new key if anybody else uses this machine)`,
  })
}

async function checkFolder(path: string): Promise<void> {
  const { mode } = await stat(path)
  if ((mode & OTHERS_WRITE) === 0 || (mode & STICKY) !== 0) return
  throw new HitherError('bad-key', `other users can change what is in ${path}`, {
    why: `its mode is ${(mode & 0o777).toString(8)}, so they could put keys of theirs in place of yours`,
    fix: `chmod 700 ${path}   (and look whether the keys in it are yours: fn id)`,
  })
}

function refuse(path: string, what: string, init: { why?: string; fix: string; cause?: unknown }): HitherError {
  return new HitherError('bad-key', `the key ${path} ${what}`, init)
}
