import type { ErrorCode, RouteQuery, Whom } from '@hither/core'
import { circuitState } from './circuit.ts'
import type { FunctionRecord } from './functions.ts'
import { isFull, loadOf } from './load.ts'
import type { Memory } from './memory.ts'
import type { PeerRecord } from './peer-record.ts'
import { standingRefusal } from './refusals.ts'
import { isAvoided, isMeant } from './whom.ts'

/** A query with what is the same for all candidates, made once per decision. */
export interface Question extends RouteQuery {
  key: string
  /** What was learnt of the function. */
  known: FunctionRecord | undefined
}

/** Why a peer is left out. `words.ts` says it. */
export type Obstacle =
  | { kind: 'tried' }
  | { kind: 'avoided'; as: Whom }
  | { kind: 'down' }
  | { kind: 'no-runner' }
  | { kind: 'not-accepting' }
  | { kind: 'no-slots' }
  | { kind: 'no-link' }
  | { kind: 'not-required'; asked: Whom; is: string | undefined }
  | { kind: 'little-memory'; lentMb: number; neededMb: number }
  | { kind: 'not-granted'; need: string }
  | { kind: 'refused'; code: ErrorCode; agoMs: number; nextTryMs: number; soft: boolean }
  | { kind: 'circuit'; failures: number; nextTryMs: number }
  | { kind: 'full'; slots: number; waiting: number }
  | { kind: 'outlier'; lateMs: number; restMs: number }

/** The reason that lasts longest comes first: soft ones count only where nothing harder is in the way. */
export function obstacleTo(record: PeerRecord, question: Question, memory: Memory, now: number): Obstacle | undefined {
  if (question.tried.has(record.peer)) return { kind: 'tried' }
  const as = question.avoid?.find((whom) => isAvoided(record, whom))
  if (as !== undefined) return { kind: 'avoided', as }
  const { word } = record
  if (!record.up) return { kind: word === undefined ? 'down' : 'no-link' }
  if (word === undefined) return { kind: 'no-runner' }
  if (!word.state.accepting) return { kind: 'not-accepting' }
  if (word.state.slots === 0) return { kind: 'no-slots' }
  const need = missing(question.needs, word.state.grants)
  if (need !== undefined) return { kind: 'not-granted', need }
  const asked = question.require?.find((whom) => !isMeant(record, whom))
  if (asked !== undefined) return { kind: 'not-required', asked, is: whatIs(record, asked) }
  const [lentMb, neededMb] = [word.state.memoryMb ?? Infinity, question.memoryMb ?? 0]
  if (lentMb < neededMb) return { kind: 'little-memory', lentMb, neededMb }

  const refusal = now < record.refusedUntil ? refusalOf(record, question, now) : undefined
  if (refusal !== undefined && !refusal.soft) return refusal
  return circuitOf(record, question, now) ?? refusal ?? fullness(record, memory, now)
}

/**
 * How hard it would be to overlook an obstacle where nobody else is left: a word about load may be out of date, a busy
 * runner may be free again, a broken one mended. Infinity: no overlooking, the runner or its owner said no.
 */
export function softness(obstacle: Obstacle): number {
  if (obstacle.kind === 'full') return 1
  if (obstacle.kind === 'refused' && obstacle.soft) return 2
  if (obstacle.kind === 'outlier') return 3
  return obstacle.kind === 'circuit' ? 4 : Infinity
}

/** It is there however busy or idle the peer is. Who was tried in this call may have been only full. */
export function isLasting(obstacle: Obstacle): boolean {
  return obstacle.kind !== 'tried' && softness(obstacle) === Infinity
}

/** The first that is asked for and not there. */
function missing(asked: readonly string[] | undefined, there: readonly string[] | undefined): string | undefined {
  if (asked === undefined || asked.length === 0) return undefined
  return asked.find((one) => there?.includes(one) !== true)
}

/** What it is instead, where that is one thing. */
function whatIs({ word, owner }: PeerRecord, asked: Whom): string | undefined {
  if (typeof asked === 'string' || 'label' in asked) return undefined
  return 'tier' in asked ? word?.state.tier : owner
}

function refusalOf(
  record: PeerRecord,
  { key, publisher }: Question,
  now: number,
): Extract<Obstacle, { kind: 'refused' }> | undefined {
  const refusal = standingRefusal(record.refusals, { cid: key, publisher }, now)
  if (refusal === undefined) return undefined
  return {
    kind: 'refused',
    code: refusal.code,
    agoMs: now - refusal.at,
    nextTryMs: refusal.until - now,
    soft: refusal.soft,
  }
}

function circuitOf(record: PeerRecord, { key }: Question, now: number): Obstacle | undefined {
  const circuit = record.circuits?.get(key)
  if (circuit === undefined) return undefined
  const { count = 0, begun = 0 } = record.underWay?.get(key) ?? {}
  const state = circuitState(circuit, count - begun, now)
  if (state === 'closed') return undefined
  return { kind: 'circuit', failures: circuit.failures, nextTryMs: Math.max(0, circuit.openUntil - now) }
}

function fullness(record: PeerRecord, memory: Memory, now: number): Obstacle | undefined {
  const { word } = record
  if (word === undefined || !isFull(record, word, memory, now)) return undefined
  const { slots } = word.state
  return { kind: 'full', slots, waiting: Math.max(0, Math.round(loadOf(record, word, memory, now)) - slots) }
}
