import { HitherError } from '../errors.ts'
import { SECRET_KEY_PATTERN, SECRET_KEYS_MAX } from '../manifest.ts'
import { SECRETS_MAX_BYTES, SECRET_VALUE_MAX_BYTES } from './limits.ts'

/** Throws `usage`. */
export function checkSecretKey(key: string): string {
  if (SECRET_KEY_PATTERN.test(key)) return key
  throw new HitherError('usage', `"${key}" cannot be the key of a secret`, {
    why: 'a key is 1 to 64 letters, digits and underscores, and starts with no digit',
  })
}

/** Throws `usage`, with no value in its words. */
export function checkSecrets(values: Readonly<Record<string, string>>): void {
  const encoder = new TextEncoder()
  let total = 0
  for (const [key, value] of Object.entries(values)) {
    checkSecretKey(key)
    const bytes = encoder.encode(value).length
    if (value === '') throw new HitherError('usage', `the secret ${key} is empty`)
    if (bytes > SECRET_VALUE_MAX_BYTES) throw tooMuch(`the secret ${key} has ${bytes} bytes`, SECRET_VALUE_MAX_BYTES)
    total += bytes + key.length
  }
  if (total > SECRETS_MAX_BYTES) throw tooMuch(`the secrets of the name have ${total} bytes`, SECRETS_MAX_BYTES)
  const count = Object.keys(values).length
  if (count > SECRET_KEYS_MAX) throw tooMuch(`the name has ${count} secrets`, SECRET_KEYS_MAX)
}

function tooMuch(message: string, limit: number): HitherError {
  return new HitherError('usage', message, { why: `the limit is ${limit}` })
}
