import type { CID, Observation } from '@hither/core'
import type { Book } from './book.ts'
import { keep } from './bounded.ts'
import { recordFailure } from './circuit.ts'
import { sample } from './estimate.ts'
import { blameOf, recordFault } from './faults.ts'
import { compare, countWrong } from './honesty.ts'
import { learnAnswer, runMsOf, type Functions } from './functions.ts'
import { MEMORIES_PER_PEER_MAX } from './limits.ts'
import { hear } from './load.ts'
import { forgetWords, type PeerRecord } from './peer-record.ts'
import { hearPlace, learnPlace } from './places.ts'
import { believeAccepting, believeAdmits, forgetAnswered, recordRefusal } from './refusals.ts'
import { distanceMs, sampleRtt } from './rtt.ts'
import { sampleSpeed } from './speed.ts'
import type { OwnPlace } from './vivaldi.ts'

/** All that a router knows. */
export interface Memory {
  own: OwnPlace
  book: Book
  functions: Functions
}

type Of<T extends Observation['type']> = Extract<Observation, { type: T }>

/** What each kind of observation changes. */
export function observe(memory: Memory, observation: Observation, now: number): void {
  const { book, functions } = memory
  const record = book.meet(observation.peer)
  switch (observation.type) {
    case 'up':
      if (!record.up) record.upSince = now
      record.up = true
      break
    case 'down':
      if (record.up && record.ownCalls > 0) record.faults = recordFault(record.faults, true, now)
      record.up = false
      forgetWords(record)
      break
    case 'rtt':
      onRtt(record, memory, observation, now)
      break
    case 'state':
      onState(record, observation, now)
      break
    case 'advert':
      onAdvert(record, observation, now)
      break
    case 'sent':
      countCall(record, observation, 1, now)
      break
    case 'answered':
      countCall(record, observation, -1, now)
      onAnswered(record, functions, observation, now)
      break
    case 'refused':
      countCall(record, observation, -1, now)
      onRefused(record, functions, observation, now)
      break
    case 'failed':
      countCall(record, observation, -1, now)
      onFailed(record, observation, now)
      break
    case 'cancelled':
      countCall(record, observation, -1, now)
      break
    case 'caught':
      record.honesty = countWrong(record.honesty, now)
      record.faults = recordFault(record.faults, true, now)
      break
    case 'evidence':
      break
  }
  book.settle(record)
}

function onRtt(record: PeerRecord, { own }: Memory, { ms, coordinate }: Of<'rtt'>, now: number): void {
  // A number that is none would stand nowhere in an order by distance.
  if (!Number.isFinite(ms)) return
  record.rtt = sampleRtt(record.rtt, ms, now)
  if (coordinate !== undefined) learnPlace(record, coordinate, ms, own)
}

/** What a peer says on a link of its own is newer than what others say of it. */
function onAdvert(record: PeerRecord, { coordinate, state, ageMs }: Of<'advert'>, now: number): void {
  if (record.up && record.word !== undefined) return
  hearPlace(record, coordinate)
  record.word = hear(record, state, now - ageMs)
}

function onState(record: PeerRecord, { state }: Of<'state'>, now: number): void {
  if (state.accepting) believeAccepting(record.refusals, now)
  if (record.word !== undefined && record.word.state.admits !== state.admits) believeAdmits(record.refusals, now)
  record.word = hear(record, state, now)
}

function onAnswered(record: PeerRecord, functions: Functions, answer: Of<'answered'>, now: number): void {
  const cid = answer.cid.toString()
  const runMs = runMsOf(answer.metrics)
  const usual = functions.get(cid)
  trust(record, cid, now)
  if (answer.ms !== undefined) {
    record.honesty = compare(record.honesty, answer.metrics, answer.ms, distanceMs(record.rtt), now)
  }
  if (usual !== undefined) record.speed = sampleSpeed(record.speed, runMs, usual.run.mean, now)
  record.hold = sample(record.hold, runMs, now)
  learnAnswer(functions, cid, record.peer, answer.metrics, now)
}

function onRefused(record: PeerRecord, functions: Functions, refusal: Of<'refused'>, now: number): void {
  const { code, publisher } = refusal
  const cid = refusal.cid.toString()
  recordRefusal(record.refusals, { code, cid, publisher }, distanceMs(record.rtt), now)
  if (code === 'unknown-function') functions.get(cid)?.answered.delete(record.peer)
}

function onFailed(record: PeerRecord, failure: Of<'failed'>, now: number): void {
  const cid = failure.cid.toString()
  const blame = blameOf(failure.code)
  // However many calls a broken link takes with it, it broke once; that was counted then.
  if (blame === 'peer' && !record.up) return
  if (blame === 'ran') trust(record, cid, now)
  if (blame === 'peer') record.faults = recordFault(record.faults, true, now)
  if (blame === 'peer' || blame === 'pair') {
    keep(record.circuits, cid, recordFailure(record.circuits.get(cid), now), MEMORIES_PER_PEER_MAX)
  }
}

/** It ran what it was sent, so what spoke against it is over. */
function trust(record: PeerRecord, cid: string, now: number): void {
  record.faults = recordFault(record.faults, false, now)
  record.circuits.delete(cid)
  forgetAnswered(record.refusals, cid)
}

/** An end without its `sent` (its peer was forgotten in between) counts for nothing. */
function countCall(record: PeerRecord, observation: { cid: CID }, step: 1 | -1, now: number): void {
  const cid = observation.cid.toString()
  const before = record.underWay.get(cid)
  const count = Math.max(0, (before?.count ?? 0) + step)
  record.ownCalls += count - (before?.count ?? 0)
  if (count === 0) record.underWay.delete(cid)
  else record.underWay.set(cid, { count, quietSince: step === 1 && before !== undefined ? before.quietSince : now })
}
