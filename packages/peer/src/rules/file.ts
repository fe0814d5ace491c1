import { HitherError, PROFILES, Shape } from '@hither/core'
import {
  CALLS_CAP_MAX,
  CORES_CAP_MAX,
  FUNCTIONS_CAP_MAX,
  MEMORY_CAP_MAX_MB,
  MEMORY_CAP_MIN_MB,
  WEIGHT_MAX,
} from '../limits/owners.ts'
import {
  isAbout,
  isNetworkByLabel,
  NO_RULES,
  type CallCaps,
  type Rule,
  type Rules,
  type RunCaps,
  type Who,
} from './rules.ts'

/**
 * The rules as they are kept in trust.json:
 *
 *     { "run": { "k51…": { "calls": 4, "weight": 2 }, "anyone": "deny" }, "call": { "12D3Koo…": "deny" } }
 *
 * A list of keys, as it was once, trusts each of them; rules for a network by its label, as they were once, are for `settleLabels`. Throws `bad-config`, naming what is wrong: half a list of rules must never
 * pass for the whole.
 */
export function readRules(path: string, value: unknown): Rules {
  if (value === undefined) return NO_RULES
  try {
    if (Array.isArray(value)) {
      const trusted = Object.fromEntries(value.map((key) => [String(key), {}]))
      return { ...NO_RULES, run: readTable('run', trusted, readRunCaps) }
    }
    const shape = new Shape(value, 'it', 'bad-config').only('run', 'call')
    return {
      run: readTable('run', shape.has('run') ? shape.map('run') : {}, readRunCaps),
      call: readTable('call', shape.has('call') ? shape.map('call') : {}, readCallCaps),
    }
  } catch (error) {
    if (!(error instanceof HitherError)) throw error
    throw new HitherError('bad-config', `${path} holds no rules that can be read`, {
      why: error.why === undefined ? error.message : `${error.message}: ${error.why}`,
      fix: 'mend the file, or move it away and say again whom you trust, with fn trust',
    })
  }
}

export function writeRules({ run, call }: Rules): unknown {
  return { run: Object.fromEntries(run), call: Object.fromEntries(call) }
}

function readTable<Caps>(
  kind: keyof Rules,
  table: Record<string, unknown>,
  read: (shape: Shape) => Caps,
): ReadonlyMap<Who, Rule<Caps>> {
  return new Map(
    Object.entries(table).map(([who, rule]) => {
      if (!isAbout(kind, who) && !isNetworkByLabel(who))
        throw new HitherError('bad-config', `"${who}" is no ${ABOUT[kind]}`)
      return [who, rule === 'deny' ? rule : read(new Shape(rule, `the rule for ${who}`, 'bad-config'))]
    }),
  )
}

const ABOUT = { run: 'publisher’s key', call: 'peer’s id' }

/** Also of what a command says. */
export function readRunCaps(shape: Shape): RunCaps {
  shape.only('calls', 'memoryMb', 'cores', 'functions', 'weight', 'profile')
  return {
    ...optional(shape, 'calls', 1, CALLS_CAP_MAX),
    ...optional(shape, 'memoryMb', MEMORY_CAP_MIN_MB, MEMORY_CAP_MAX_MB),
    ...optional(shape, 'cores', 1, CORES_CAP_MAX),
    ...optional(shape, 'functions', 1, FUNCTIONS_CAP_MAX),
    ...optional(shape, 'weight', 1, WEIGHT_MAX),
    ...(shape.has('profile') && { profile: shape.oneOf('profile', PROFILES) }),
  }
}

export function readCallCaps(shape: Shape): CallCaps {
  shape.only('calls')
  return optional(shape, 'calls', 1, CALLS_CAP_MAX)
}

function optional<const Field extends string>(
  shape: Shape,
  field: Field,
  min: number,
  max: number,
): { [K in Field]?: number } {
  return (shape.has(field) ? { [field]: shape.integer(field, min, max) } : {}) as { [K in Field]?: number }
}
