import type { Coordinate, PeerId, PublisherId, RunnerState } from '@hither/core'
import type { Circuit } from './circuit.ts'
import type { ColdStart } from './cold-start.ts'
import type { Rtt } from './rtt.ts'
import { NO_FAULTS, type Faults } from './faults.ts'
import type { Hearsay } from './hearsay.ts'
import type { Honesty } from './honesty.ts'
import type { Lateness } from './lateness.ts'
import type { Refusals } from './refusals.ts'
import type { Slowness } from './speed.ts'
import type { Trial } from './trial.ts'

/** A runner's word of itself, and what to make of it. */
export interface Word {
  state: RunnerState
  at: number
  /** Calls there, running or waiting, that were not one's own when it spoke. */
  foreign: number
  /** The share of its words, of late, that said it was full. */
  full: number
}

/** Own calls of one function that are under way on one peer. */
interface UnderWay {
  count: number
  /** Of those, how many answers have begun to come. */
  begun: number
  /** Since when none of them has ended, in ms. */
  quietSince: number
}

/** Where a peer says it is, and how far its word was off. */
export interface Place {
  said: Coordinate
  /** Share by which the way to it is off, of late; undefined before it was measured. */
  doubt: number | undefined
  /** The last few round trips, in ms. */
  recent: number[]
}

/** What is known of one peer. Plain data: the files named after each part say how it changes. */
export interface PeerRecord {
  readonly peer: PeerId
  up: boolean
  /** When it last came up. */
  upSince: number
  /** Whose machine it is, where that was proven. */
  owner: PublisherId | undefined
  rtt: Rtt | undefined
  place: Place | undefined
  /** Undefined until it offers to run something, and again once it is down. */
  word: Word | undefined
  faults: Faults
  honesty: Honesty | undefined
  /** What others measured of it. */
  hearsay: Hearsay | undefined
  slowness: Slowness | undefined
  late: Lateness | undefined
  trial: Trial | undefined
  coldStart: ColdStart | undefined
  /** How long own calls held a slot there, in ms. */
  holdMs: number | undefined
  refusals: Refusals | undefined
  /** Past this time none of them stands: most are remembered for long after, and each decision asks. */
  refusedUntil: number
  /** By CID in text. */
  circuits: Map<string, Circuit> | undefined
  /** By CID in text; none with a count of 0. Of most peers there are none of these three, so they begin as nothing. */
  underWay: Map<string, UnderWay> | undefined
  /** The sum of the counts. */
  ownCalls: number
  /** When a call of one's own was last sent there, of those since the last answer; 0 for none. */
  sentAt: number
  /** When the last was sent there. */
  calledAt: number
  /** Where it stands in an order by distance, in ms; undefined where it is in none. */
  rankedMs: number | undefined
  /** Since when no answer to one's own calls has begun or ended there, while one is waited for, in ms. */
  quietSince: number
}

export function newRecord(peer: PeerId): PeerRecord {
  return {
    peer,
    up: false,
    upSince: 0,
    owner: undefined,
    rtt: undefined,
    place: undefined,
    word: undefined,
    faults: NO_FAULTS,
    honesty: undefined,
    hearsay: undefined,
    slowness: undefined,
    late: undefined,
    trial: undefined,
    coldStart: undefined,
    holdMs: undefined,
    refusals: undefined,
    refusedUntil: 0,
    circuits: undefined,
    underWay: undefined,
    ownCalls: 0,
    sentAt: 0,
    calledAt: 0,
    rankedMs: undefined,
    quietSince: 0,
  }
}

/**
 * What a peer said and refused dies with its link: it may come back restarted, with another policy. What was measured
 * stays, and so do calls under way, which end in their own observations.
 */
export function forgetWords(record: PeerRecord): void {
  record.word = undefined
  record.refusals = undefined
  record.circuits = undefined
}
