import { blockOf, CID, type Block } from './cid.ts'
import { decodeDag, encodeDag } from './codec.ts'
import { HitherError } from './errors.ts'
import { DEFAULT_LIMITS, MANIFEST_MAX_BYTES, MAX_LIMITS, MEMORY_MIN_MB, type Limits } from './limits.ts'
import { Shape } from './shape.ts'

/**
 * What repeating a call does. `pure`: the result depends on the request alone, so it may be retried, hedged, replicated
 * and memoised. `idempotent`: it may be retried and hedged. `undeclared`: at most once, unless the method is GET or HEAD.
 */
export const EFFECTS = ['pure', 'idempotent', 'undeclared'] as const
export type Effects = (typeof EFFECTS)[number]

/** What a function may ask of the jail that not every runner grants. */
export const NEEDS = ['wasm'] as const
export type Need = (typeof NEEDS)[number]

/** What a function was built with, or wants of the runtime, beyond the ordinary. `nodejs_compat`: modules and globals of Node.js. */
export const FLAGS = ['nodejs_compat'] as const
export type Flag = (typeof FLAGS)[number]

/** What a secret may be called: as a variable is. */
export const SECRET_KEY_PATTERN: RegExp = /^(?!__proto__$)[A-Za-z_][A-Za-z0-9_]{0,63}$/

/** As many as a name has secrets. */
export const SECRET_KEYS_MAX = 64

/** Times at which one function is called. More of them are work for one time, in the handler. */
export const CRONS_MAX = 16

/** The record that a function *is*: its CID is the function's identity. */
export interface Manifest {
  bundle: CID
  map?: CID
  /** `default`, and the named exports that may be called by RPC, sorted. */
  exports: string[]
  limits: Limits
  /** Hosts that the handler may fetch from; none unless listed. */
  egress: string[]
  effects: Effects
  needs: Need[]
  /** Absent where there are none. */
  flags?: Flag[]
  /** Plain variables. Secrets never: a manifest is public. */
  env: Record<string, string>
  /** Keys of the secrets without which it cannot run, sorted; absent where there are none. Their values are never here. */
  secrets?: string[]
  /** When its publisher's peer calls its `scheduled`, as cron has it, in UTC; absent where there are none. */
  crons?: string[]
  visibility: 'public'
  /** The day whose behaviour of the runtime the function was written for, `YYYY-MM-DD`. */
  compat: string
}

/** The manifest as a block, in the one canonical encoding. */
export async function manifestBlock(manifest: Manifest): Promise<Block> {
  const bytes = encodeDag({ v: 1, ...manifest })
  checkSize(bytes)
  return blockOf(bytes, 'dag-cbor')
}

/** Throws `bad-manifest`. */
export function readManifest(bytes: Uint8Array): Manifest {
  checkSize(bytes)
  const shape = new Shape(decode(bytes), 'the manifest', 'bad-manifest')
  if (shape.raw('v') !== 1) {
    throw new HitherError('bad-manifest', 'the manifest is of a version that this hither does not know', {
      fix: 'update hither on this machine',
    })
  }
  const link = (field: string): CID => {
    const value = CID.asCID(shape.raw(field))
    if (value === null) throw shape.refuse(`"${field}" must be a link`)
    return value
  }
  const needs = shape.strings('needs', NEEDS.length)
  const flags = shape.has('flags') ? shape.strings('flags', FLAGS.length) : []
  const known: readonly string[] = [...NEEDS, ...FLAGS]
  const unknown = [...needs, ...flags].find((word) => !known.includes(word))
  if (unknown !== undefined) throw shape.refuse(`it needs "${unknown}", which this hither does not know`)
  return {
    bundle: link('bundle'),
    ...(shape.has('map') && { map: link('map') }),
    exports: shape.strings('exports'),
    limits: readLimits(shape.raw('limits'), 'bad-manifest'),
    egress: shape.strings('egress'),
    effects: shape.oneOf('effects', EFFECTS),
    needs: needs as Need[],
    ...(flags.length > 0 && { flags: flags as Flag[] }),
    env: shape.texts('env'),
    ...(shape.has('secrets') && { secrets: readSecretKeys(shape) }),
    ...(shape.has('crons') && { crons: shape.strings('crons', CRONS_MAX, 128) }),
    visibility: shape.oneOf('visibility', ['public']),
    compat: readDate(shape),
  }
}

/** Limits as a user writes them: each may be left out, none may be beyond what runners accept. */
export function readLimits(value: unknown, code: 'bad-manifest' | 'bad-config'): Limits {
  const shape = new Shape(value ?? {}, 'limits', code).only('memoryMb', 'cpuMs', 'wallMs', 'bodyBytes')
  const limit = (field: keyof Limits, min: number): number =>
    shape.has(field) ? shape.integer(field, min, MAX_LIMITS[field]) : DEFAULT_LIMITS[field]
  return {
    memoryMb: limit('memoryMb', MEMORY_MIN_MB),
    cpuMs: limit('cpuMs', 1),
    wallMs: limit('wallMs', 1),
    bodyBytes: limit('bodyBytes', 0),
  }
}

/** Every block that a function needs to run or to be debugged, besides the manifest itself. */
export function linksOf(manifest: Manifest): CID[] {
  return manifest.map === undefined ? [manifest.bundle] : [manifest.bundle, manifest.map]
}

function readSecretKeys(shape: Shape): string[] {
  const keys = shape.strings('secrets', SECRET_KEYS_MAX, 64)
  const wrong = keys.find((key) => !SECRET_KEY_PATTERN.test(key))
  if (wrong !== undefined) throw shape.refuse(`"secrets" lists "${wrong}", which cannot be a key`)
  return keys
}

function decode(bytes: Uint8Array): unknown {
  try {
    return decodeDag(bytes)
  } catch (cause) {
    throw new HitherError('bad-manifest', 'the manifest cannot be read', { cause })
  }
}

function readDate(shape: Shape): string {
  const text = shape.string('compat', 10)
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) throw shape.refuse('"compat" must be a date such as 2026-11-22')
  return text
}

function checkSize(bytes: Uint8Array): void {
  if (bytes.length > MANIFEST_MAX_BYTES) {
    throw new HitherError('bad-manifest', `the manifest has ${bytes.length} bytes`, {
      why: `the limit is ${MANIFEST_MAX_BYTES}`,
      fix: 'move large values out of `env`',
    })
  }
}
