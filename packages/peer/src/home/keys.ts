import { randomBytes } from 'node:crypto'
import { link, open, readFile, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { HitherError, SEED_BYTES, signerFromSeed, type Signer } from '@hither/core'
import { codeOf } from './error-code.ts'

/** Bits of a file's mode that let anyone but its owner do something with it. */
const OTHERS = 0o077

/** One line: what it is, the secret seed, and the public key that must follow from it. */
const LINE = /^hither-ed25519 ([\w-]{43}) (k[0-9a-z]+)\n$/

/**
 * The key at a path, made on first use. Throws `bad-key` where the file is open to others, damaged, or of another form: a
 * key is never replaced, because whoever loses it loses the names or the trust that hang on it.
 */
export async function loadKey(path: string): Promise<{ seed: Uint8Array; signer: Signer }> {
  const text = (await readKeyFile(path)) ?? (await createKey(path))
  const match = LINE.exec(text)
  const seed = Buffer.from(match?.[1] ?? '', 'base64url')
  if (seed.length !== SEED_BYTES) throw damaged(path, 'it is not one line that starts with "hither-ed25519"')
  const signer = await signerFromSeed(seed)
  if (signer.publisher !== match?.[2]) throw damaged(path, 'its two halves do not belong together')
  return { seed, signer }
}

async function readKeyFile(path: string): Promise<string | undefined> {
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

/** The text of a new key, or of the one that another process made at the same moment. */
async function createKey(path: string): Promise<string> {
  const seed = Uint8Array.from(randomBytes(SEED_BYTES))
  const { publisher } = await signerFromSeed(seed)
  const line = `hither-ed25519 ${Buffer.from(seed).toString('base64url')} ${publisher}\n`
  const temp = `${path}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`
  try {
    await writeSynced(temp, line)
    // A hard link, not a rename: it fails where a key is already there, and so can never replace one.
    await link(temp, path)
    await syncFolder(dirname(path))
    return line
  } catch (cause) {
    const other = await readKeyFile(path)
    if (other !== undefined) return other
    throw new HitherError('bad-key', `no key can be made at ${path}`, {
      why: cause instanceof Error ? cause.message : String(cause),
      cause,
    })
  } finally {
    await rm(temp, { force: true })
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function damaged(path: string, why: string): HitherError {
  return new HitherError('bad-key', `the key ${path} is damaged`, {
    why,
    fix: 'restore it from a backup; to start anew as somebody else, move the file away',
  })
}
