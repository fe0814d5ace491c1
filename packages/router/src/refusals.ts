import type { ErrorCode, PublisherId } from '@hither/core'
import { keep } from './bounded.ts'
import { MEMORIES_PER_PEER_MAX } from './limits/memory.ts'
import {
  BUSY_MEMORY,
  NOT_ADMITTED_MEMORY,
  PAUSED_MEMORY,
  REFUSAL_STREAK_MS,
  SECRET_MISSING_MEMORY,
  UNKNOWN_FUNCTION_MEMORY,
  UNSUPPORTED_MEMORY,
  type RefusalMemory,
} from './limits/refusals.ts'

/** What a refusal is about: it holds for all calls to the peer, for one publisher's, or for one function's. */
type Scope = 'peer' | 'publisher' | 'function'

interface Rule {
  scope: Scope
  memory: RefusalMemory
  /** It may be overlooked where nobody else is left. */
  soft?: true
}

const BUSY: Rule = { scope: 'peer', memory: BUSY_MEMORY, soft: true }
const PAUSED: Rule = { scope: 'peer', memory: PAUSED_MEMORY }

const RULES: Partial<Record<ErrorCode, Rule>> = {
  busy: BUSY,
  draining: PAUSED,
  'not-volunteering': PAUSED,
  'not-admitted': { scope: 'publisher', memory: NOT_ADMITTED_MEMORY },
  'secret-missing': { scope: 'function', memory: SECRET_MISSING_MEMORY },
  'unknown-function': { scope: 'function', memory: UNKNOWN_FUNCTION_MEMORY },
  unsupported: { scope: 'function', memory: UNSUPPORTED_MEMORY },
}

export interface Refusal {
  code: ErrorCode
  soft: boolean
  at: number
  until: number
  /** How often it was said in a row, each time after the last had run out. */
  streak: number
}

/** A peer's refusals by what they are about: '' for all its calls, a publisher's id, a CID. None can be another. */
export type Refusals = Map<string, Refusal>

export interface Said {
  code: ErrorCode
  cid: string
  publisher?: PublisherId | undefined
  /** When it said that asking again may help, in ms. */
  retryAfterMs?: number | undefined
}

/**
 * Those that come while one stands were under way when it came: they prolong it but do not count as said again. Returns until when it
 * stands.
 */
export function recordRefusal(refusals: Refusals, said: Said, rttMs: number, now: number): number {
  const { code } = said
  const rule = RULES[code] ?? BUSY
  const key = keyOf(rule.scope, said)
  const streak = streakAfter(refusals.get(key), code, now)
  const { firstMs, maxMs } = rule.memory
  // Over a long way a "busy" holds for at least the round trip that asking again would take.
  const leastMs = Math.max(firstMs, said.retryAfterMs ?? 0, rule === BUSY ? rttMs : 0)
  const pauseMs = leastMs * 2 ** (streak - 1)
  const until = now + Math.min(maxMs, pauseMs)
  keep(refusals, key, { code, soft: rule.soft === true, at: now, until, streak }, MEMORIES_PER_PEER_MAX)
  return until
}

function streakAfter(before: Refusal | undefined, code: ErrorCode, now: number): number {
  if (before?.code !== code || now - before.until >= REFUSAL_STREAK_MS) return 1
  return now < before.until ? before.streak : before.streak + 1
}

/** The refusal that still stands against a call; the most particular one, since it lasts longest. */
export function standingRefusal(
  refusals: Refusals | undefined,
  asked: Pick<Said, 'cid' | 'publisher'>,
  now: number,
): Refusal | undefined {
  if (refusals === undefined || refusals.size === 0) return undefined
  const { cid, publisher } = asked
  return (
    standing(refusals.get(cid), now) ??
    (publisher === undefined ? undefined : standing(refusals.get(publisher), now)) ??
    standing(refusals.get(''), now)
  )
}

function standing(refusal: Refusal | undefined, now: number): Refusal | undefined {
  return refusal !== undefined && now < refusal.until ? refusal : undefined
}

/** An answer is the strongest denial of what was refused before. */
export function forgetAnswered(refusals: Refusals | undefined, cid: string): void {
  refusals?.delete('')
  refusals?.delete(cid)
}

/** It says that it takes work. */
export function believeAccepting(refusals: Refusals | undefined, now: number): void {
  believe(refusals, ({ code }) => RULES[code] === PAUSED, now)
}

/** It changed whom it admits. */
export function believeAdmits(refusals: Refusals | undefined, now: number): void {
  believe(refusals, ({ code }) => code === 'not-admitted', now)
}

/** A word ends a refusal, once: who refuses again all the same is not believed until it answers. */
function believe(refusals: Refusals | undefined, concerns: (refusal: Refusal) => boolean, now: number): void {
  for (const refusal of refusals?.values() ?? []) {
    if (refusal.streak === 1 && concerns(refusal)) refusal.until = Math.min(refusal.until, now)
  }
}

/** Where nobody is named as publisher, the function itself is what was not admitted. */
function keyOf(scope: Scope, { cid, publisher }: Said): string {
  if (scope === 'peer') return ''
  return scope === 'publisher' ? (publisher ?? cid) : cid
}
