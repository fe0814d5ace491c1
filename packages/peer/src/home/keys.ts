import { randomBytes } from 'node:crypto'
import { SEED_BYTES, signerFromSeed, type Signer } from '@hither/core'
import { createSecretFile, damagedKey, readSecretFile } from './secret-file.ts'

/** One line: what it is, the secret seed, and the public key that must follow from it. */
const LINE = /^hither-ed25519 ([\w-]{43}) (k[0-9a-z]+)\n$/

/** What to do about a key that is damaged. */
const FIX = 'restore it from a backup; to start anew as somebody else, move the file away'

/**
 * The key at a path, made on first use. Throws `bad-key` where the file is open to others, damaged, or of another form: a
 * key is never replaced, because whoever loses it loses the names or the trust that hang on it.
 */
export async function loadKey(path: string): Promise<{ seed: Uint8Array; signer: Signer }> {
  const text = (await readSecretFile(path)) ?? (await createSecretFile(path, await newKey()))
  const match = LINE.exec(text)
  const seed = Buffer.from(match?.[1] ?? '', 'base64url')
  if (seed.length !== SEED_BYTES) throw damagedKey(path, 'it is not one line that starts with "hither-ed25519"', FIX)
  const signer = await signerFromSeed(seed)
  if (signer.publisher !== match?.[2]) throw damagedKey(path, 'its two halves do not belong together', FIX)
  return { seed, signer }
}

async function newKey(): Promise<string> {
  const seed = Uint8Array.from(randomBytes(SEED_BYTES))
  const { publisher } = await signerFromSeed(seed)
  return `hither-ed25519 ${Buffer.from(seed).toString('base64url')} ${publisher}\n`
}
