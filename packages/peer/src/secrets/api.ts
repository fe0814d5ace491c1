import type { PeerId } from '@hither/core'
import type { NotTaken } from '../names-api.ts'
import type { WishedRunners } from './qualify.ts'

/** What the methods of `PeerApi` take and give that are about secrets. Values go in, and never come out. */

export interface SecretSetParams {
  /** One's own name. */
  name: string
  key: string
  value: string
  /** Runners that may have the name's secrets, beside those that may already. */
  runners?: WishedRunners
}

export interface SecretRemoveParams {
  name: string
  key: string
}

export interface SecretRunnersParams {
  name: string
  add?: WishedRunners
  remove?: PeerId[]
}

export interface SecretsChanged {
  /** `publisher/name`. */
  name: string
  /** Of the new record. */
  sequence: number
  keys: string[]
  runners: PeerId[]
  /** Of the runners, those that have it now. The others are given it when they meet a peer that has it. */
  keptBy: PeerId[]
  notKeptBy: NotTaken[]
}

export interface SecretSet extends SecretsChanged {
  /** Whether the function behind the name says that it needs the secret; undefined where none is known here. */
  declared?: boolean
  /** False for a value too short to be told from other words: it is not taken out of logs and errors. */
  redacted: boolean
}

export interface SecretsListed {
  name: string
  /** 0 where there never were any. */
  sequence: number
  /** When they were sealed, ms since 1970; absent where there never were any. */
  time?: number
  keys: string[]
  runners: { peer: PeerId; connected: boolean }[]
  /** Runners that were on the list: what they saw is known to them. */
  gone: PeerId[]
}
