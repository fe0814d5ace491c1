import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { HitherError, isPublisherId, SEED_BYTES, signerFromSeed, type PublisherId, type Signer } from '@hither/core'
import { writeFileAtomic } from '@hither/store'
import { codeOf } from './error-code.ts'
import { createSecretFile, damagedKey, readSecretFile } from './secret-file.ts'

/** One line: what it is, the secret seed, and the public key that must follow from it. */
const LINE = /^hither-ed25519 ([\w-]{43}) (k[0-9a-z]+)\n$/

/** What to do about a key that is damaged. */
const FIX = 'restore it from a backup; to start anew as somebody else, move the file away'

/**
 * The key at a path, made on first use. Its public half is written beside it, so that a key that is gone, or another in its place, is
 * found out. Throws `bad-key` where the file is missing, open to others, damaged, of another form or of another key: a key is never
 * replaced, because whoever loses it loses the names or the trust that hang on it.
 */
export async function loadKey(path: string): Promise<{ seed: Uint8Array; signer: Signer }> {
  const publicPath = `${path}.pub`
  const known = await readPublic(publicPath)
  const kept = await readSecretFile(path)
  if (kept === undefined && known !== undefined) throw missing(path, publicPath, known)
  const match = LINE.exec(kept ?? (await createSecretFile(path, await newKey())))
  const seed = Buffer.from(match?.[1] ?? '', 'base64url')
  if (seed.length !== SEED_BYTES) throw damagedKey(path, 'it is not one line that starts with "hither-ed25519"', FIX)
  const signer = await signerFromSeed(seed)
  if (signer.publisher !== match?.[2]) throw damagedKey(path, 'its two halves do not belong together', FIX)
  if (known === undefined) await writeFileAtomic(publicPath, new TextEncoder().encode(`${signer.publisher}\n`))
  else if (known !== signer.publisher) throw another(path, publicPath, known)
  return { seed, signer }
}

/** Undefined where there is none, as in homes of earlier versions. Anybody may read it. */
async function readPublic(path: string): Promise<PublisherId | undefined> {
  try {
    const text = (await readFile(path, 'utf8')).trim()
    if (isPublisherId(text)) return text
    throw new HitherError('bad-key', `${path} is damaged`, { why: 'it is no public key', fix: 'move it away' })
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined
    if (thrown instanceof HitherError) throw thrown
    throw new HitherError('bad-key', `${path} cannot be read`, {
      why: String(thrown),
      fix: 'move it away',
      cause: thrown,
    })
  }
}

async function newKey(): Promise<string> {
  const seed = Uint8Array.from(randomBytes(SEED_BYTES))
  const { publisher } = await signerFromSeed(seed)
  return `hither-ed25519 ${Buffer.from(seed).toString('base64url')} ${publisher}\n`
}

function missing(path: string, publicPath: string, known: string): HitherError {
  return new HitherError('bad-key', `the key ${path} is missing`, {
    why: `it was there once: ${publicPath} says that it is the key of ${known}`,
    fix: `restore it from a backup; to start anew as somebody else, move ${publicPath} away`,
  })
}

function another(path: string, publicPath: string, known: string): HitherError {
  return new HitherError('bad-key', `${path} holds another key than before`, {
    why: `${publicPath} says that it should be the key of ${known}`,
    fix: `put the right file back; if the new one is meant, move ${publicPath} away`,
  })
}
