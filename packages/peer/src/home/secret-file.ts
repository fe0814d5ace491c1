import { createFileAtomic } from '@hither/store'
import { readFile, stat } from 'node:fs/promises'
import { HitherError } from '@hither/core'
import { codeOf } from './error-code.ts'

/** Bits of a file's mode that let anyone but its owner do something with it. */
const OTHERS = 0o077

/** The text of a secret file, undefined where there is none. Throws `bad-key` where others may have read it, or it cannot be read. */
export async function readSecretFile(path: string): Promise<string | undefined> {
  let mode: number
  try {
    mode = (await stat(path)).mode
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw new HitherError('bad-key', `the key ${path} cannot be read`, { why: String(error), cause: error })
  }
  if ((mode & OTHERS) !== 0) {
    throw new HitherError('bad-key', `the key ${path} is open to other users`, {
      why: `its mode is ${(mode & 0o777).toString(8)}; whoever could read it may have copied it`,
      fix: `chmod 600 ${path}   (and use a new key if anybody else uses this machine)`,
    })
  }
  return readFile(path, 'utf8')
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
