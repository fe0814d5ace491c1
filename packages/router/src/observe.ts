import type { CID, Observation } from '@hither/core'
import { keep } from './bounded.ts'
import { recordFailure } from './circuit.ts'
import { recordColdStart } from './cold-start.ts'
import { blameOf, recordBeat, recordFault } from './faults.ts'
import { learnAnswer, learnCold, runMsOf } from './functions.ts'
import { hearEvidence } from './hearsay.ts'
import { compare, countWrong } from './honesty.ts'
import { isWaitedFor, recordCancelled, recordLateness } from './lateness.ts'
import { MEAN_GAIN } from './limits/distance.ts'
import { MEMORIES_PER_PEER_MAX } from './limits/memory.ts'
import { COLD_SHARE_GAIN, RUN_GAIN_MIN } from './limits/run.ts'
import { hear } from './load.ts'
import type { Memory } from './memory.ts'
import { forgetWords, type PeerRecord } from './peer-record.ts'
import { hearPlace, learnPlace } from './places.ts'
import { isWarm } from './predict.ts'
import { believeAccepting, believeAdmits, forgetAnswered, recordRefusal } from './refusals.ts'
import { distanceMs, sampleRtt } from './rtt.ts'
import { sampleSlowness, slownessFactor } from './speed.ts'
import { forgiven } from './trial.ts'

type Of<T extends Observation['type']> = Extract<Observation, { type: T }>

type Handlers = { [T in Observation['type']]: (record: PeerRecord, seen: Of<T>, memory: Memory, now: number) => void }

/** What each kind of observation changes. */
const HANDLERS: Handlers = {
  up(record, _, _memory, now) {
    if (!record.up) record.upSince = now
    record.up = true
  },
  down: onDown,
  rtt: onRtt,
  state: onState,
  owner(record, { publisher }) {
    record.owner = publisher
  },
  advert: onAdvert,
  sent(record, seen, { budget }, now) {
    if (seen.hedge === true) budget.count('hedges', now)
    else if (seen.retry === true) budget.count('retries', now)
    record.sentAt = now
    record.calledAt = now
    countCall(record, seen, 1, now)
  },
  began: onBegan,
  answered: onAnswered,
  refused: onRefused,
  failed: onFailed,
  cancelled: onCancelled,
  caught(record, _, _memory, now) {
    record.honesty = countWrong(record.honesty, now)
    record.faults = recordFault(record.faults, true, now)
  },
  evidence(record, seen, { witnesses }, now) {
    hearEvidence(record, witnesses, seen.by, seen, now)
  },
}

export function observe(memory: Memory, observation: Observation, now: number): void {
  // What others say of a stranger is no reason to know it: anybody may name any number of peers.
  const { book } = memory
  const record = observation.type === 'evidence' ? book.get(observation.peer) : book.meet(observation.peer)
  if (record === undefined) return
  const handle = HANDLERS[observation.type] as (
    record: PeerRecord,
    seen: Observation,
    memory: Memory,
    now: number,
  ) => void
  handle(record, observation, memory, now)
  // What is seen of calls moves nobody whose distance was measured.
  if (record.rtt === undefined || MOVING.has(observation.type)) book.settle(record)
}

/** What may change whether a peer offers itself, or how far it is. */
const MOVING: ReadonlySet<Observation['type']> = new Set(['up', 'down', 'rtt', 'state', 'advert'])

function onDown(record: PeerRecord, _: Of<'down'>, { budget }: Memory, now: number): void {
  if (record.up && record.ownCalls > 0) {
    record.faults = recordFault(record.faults, true, now)
    budget.count('freed', now, record.ownCalls)
  }
  record.up = false
  // Answers of late were late because the way was dying.
  record.late = undefined
  record.trial = forgiven(record.trial)
  forgetWords(record)
}

function onRtt(record: PeerRecord, { ms, coordinate }: Of<'rtt'>, { own }: Memory, now: number): void {
  // A number that is none would stand nowhere in an order by distance.
  if (!Number.isFinite(ms)) return
  record.rtt = sampleRtt(record.rtt, ms, now)
  if (record.up) record.faults = recordBeat(record.faults, now)
  if (coordinate !== undefined) learnPlace(record, coordinate, ms, own)
}

function onState(record: PeerRecord, { state }: Of<'state'>, _: Memory, now: number): void {
  if (state.accepting) believeAccepting(record.refusals, now)
  if (record.word !== undefined && record.word.state.admits !== state.admits) believeAdmits(record.refusals, now)
  record.word = hear(record, state, now)
}

/** What a peer says on a link of its own is newer than what others say of it. */
function onAdvert(record: PeerRecord, { coordinate, state, ageMs }: Of<'advert'>, _: Memory, now: number): void {
  if (record.up && record.word !== undefined) return
  hearPlace(record, coordinate)
  record.word = hear(record, state, now - ageMs)
}

function onBegan(record: PeerRecord, { cid }: Of<'began'>, _: Memory, now: number): void {
  const underWay = record.underWay?.get(cid.toString())
  if (underWay === undefined) return
  underWay.begun = Math.min(underWay.count, underWay.begun + 1)
  record.quietSince = now
}

function onAnswered(record: PeerRecord, answer: Of<'answered'>, memory: Memory, now: number): void {
  const { functions, budget } = memory
  const { metrics, ms } = answer
  const cid = answer.cid.toString()
  const runMs = runMsOf(metrics)
  const slowness = slownessFactor(record.slowness, now, record.word?.state.speed)
  countCall(record, answer, -1, now)
  budget.count('calls', now)
  trust(record, cid, now)
  if (ms !== undefined) {
    record.honesty = compare(record.honesty, metrics, ms, distanceMs(record.rtt), now)
    recordLateness(record, memory, { cid: answer.cid, metrics, ms }, now)
  }
  recordColdStart(record, answer.cid, metrics, now)
  const usual = functions.get(cid)
  if (!isWarm(record, record.word, usual, answer.cid, now)) {
    memory.coldShare += COLD_SHARE_GAIN * ((metrics.cold ? 1 : 0) - memory.coldShare)
  }
  if (metrics.cold) memory.usualCold = learnCold(memory.usualCold, metrics, now)
  if (usual !== undefined) record.slowness = sampleSlowness(record.slowness, runMs, usual.runLog, now)
  record.holdMs = record.holdMs === undefined ? runMs : record.holdMs + MEAN_GAIN * (runMs - record.holdMs)
  const { runMs: usualMs } = learnAnswer(functions, cid, record.peer, metrics, slowness, now)
  memory.typicalMs = (memory.typicalMs ?? usualMs) + RUN_GAIN_MIN * (runMs / slowness - (memory.typicalMs ?? usualMs))
}

function onRefused(record: PeerRecord, refusal: Of<'refused'>, { functions, budget }: Memory, now: number): void {
  const { code, publisher, retryAfterMs } = refusal
  const cid = refusal.cid.toString()
  countCall(record, refusal, -1, now)
  budget.count('refusals', now)
  record.refusals ??= new Map()
  const until = recordRefusal(record.refusals, { code, cid, publisher, retryAfterMs }, distanceMs(record.rtt), now)
  record.refusedUntil = Math.max(record.refusedUntil, until)
  if (code === 'unknown-function') functions.get(cid)?.answered.delete(record.peer)
}

function onFailed(record: PeerRecord, failure: Of<'failed'>, { budget }: Memory, now: number): void {
  const cid = failure.cid.toString()
  const blame = blameOf(failure.code)
  countCall(record, failure, -1, now)
  budget.count('calls', now)
  // However many calls a broken link takes with it, it broke once; that was counted then.
  if (blame === 'peer' && !record.up) return
  if (blame === 'ran') trust(record, cid, now)
  if (blame === 'peer') record.faults = recordFault(record.faults, true, now)
  if (blame === 'peer' || blame === 'pair') {
    budget.count('failures', now)
    record.circuits ??= new Map()
    keep(record.circuits, cid, recordFailure(record.circuits.get(cid), now), MEMORIES_PER_PEER_MAX)
  }
}

/**
 * Its answer would have come later than it was waited for; how much later nobody knows, so no mean is touched by it. Where an
 * answer of the function has begun it may be that one, which is not late however long it was read.
 */
function onCancelled(record: PeerRecord, { cid, ms }: Of<'cancelled'>, memory: Memory, now: number): void {
  const begun = record.underWay?.get(cid.toString())?.begun ?? 0
  countCall(record, { cid }, -1, now)
  if (begun === 0) recordCancelled(record, memory, memory.functions.get(cid.toString()), ms, now)
}

/** It ran what it was sent, so what spoke against it is over. */
function trust(record: PeerRecord, cid: string, now: number): void {
  record.faults = recordFault(record.faults, false, now)
  record.sentAt = 0
  record.circuits?.delete(cid)
  forgetAnswered(record.refusals, cid)
}

/** An end without its `sent` (its peer was forgotten in between) counts for nothing. */
function countCall(record: PeerRecord, observation: { cid: CID }, step: 1 | -1, now: number): void {
  const cid = observation.cid.toString()
  const before = record.underWay?.get(cid)
  const count = Math.max(0, (before?.count ?? 0) + step)
  if (step === -1 || !isWaitedFor(record)) record.quietSince = now
  record.ownCalls += count - (before?.count ?? 0)
  if (count === 0) {
    record.underWay?.delete(cid)
    if (record.underWay?.size === 0) record.underWay = undefined
  } else {
    record.underWay ??= new Map()
    if (before === undefined) record.underWay.set(cid, { count, begun: 0, quietSince: now })
    else {
      before.count = count
      before.begun = Math.min(count, before.begun)
      if (step === -1) before.quietSince = now
    }
  }
}
