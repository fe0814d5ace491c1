/**
 * Secrets of a name: signed by its publisher, sealed to the runners that may have them. Apart from the rest of core, for only who
 * seals or opens them needs the curve.
 *
 * @packageDocumentation
 */
export { SECRET_HIDDEN_MIN_CHARS, SECRET_RUNNERS_MAX, SECRETS_RECORD_MAX_BYTES } from './limits.ts'
export { openSecrets, sealKeyOf, supersedes, type SecretsRecord } from './record.ts'
export { sealSecrets, unsealSecrets, type RandomBytes, type Sealing } from './seal.ts'
export { checkSecretKey } from './values.ts'
