import type {
  CallProgress,
  DeployProgress,
  ErrorCode,
  Jail,
  Link,
  Options,
  PeerId,
  PublisherId,
  RunnerState,
  Traffic,
} from '@hither/core'
import type { Phase, Score } from '@hither/router'
import type { CallParams, CallResult, CallStory, KeptReceipt } from './call/api.ts'
import type { Drained } from './in-hand.ts'
import type {
  SecretRemoveParams,
  SecretRunnersParams,
  SecretsChanged,
  SecretSet,
  SecretSetParams,
  SecretsListed,
} from './secrets/api.ts'
import type { VolunteerStatus } from './volunteer/status.ts'
import type { VolunteerChange } from './volunteer/volunteer.ts'
import type { LogParams, NameLog, NotTaken, Removed, RemoveParams, RollbackParams, RolledBack } from './names-api.ts'
import type { TrustApi } from './trust-api.ts'

export type * from './call/api.ts'

/**
 * What can be asked of a peer: by code in its process, or by another process over its control socket. So every parameter
 * and result is plain data, and CIDs are text.
 */
export interface PeerApi extends TrustApi {
  id(): Promise<Identity>
  /** Builds, stores, names and spreads a handler. Throws `build-failed`, before which nothing is stored or moved. */
  deploy(params: DeployParams, options?: Options<DeployProgress>): Promise<Deployed>
  /** A name's history. What is missing here is asked of peers. Throws `unknown-name`. */
  log(params: LogParams, options?: Options): Promise<NameLog>
  /**
   * Points one's own name at an earlier function again, by a new record. Throws `usage` for what cannot be gone back to, or is
   * not one's own; `unknown-name`; `unknown-function` where nobody has it any more.
   */
  rollback(params: RollbackParams, options?: Options<DeployProgress>): Promise<RolledBack>
  /** Removes one's own name, by a record that points nowhere. Throws `usage`, `unknown-name`. */
  remove(params: RemoveParams, options?: Options<DeployProgress>): Promise<Removed>
  /**
   * Calls a function on the nearest idle runner. Resolves when the answer is here, or begins. Throws what kept it from an answer;
   * see core's errors. Signal and deadline hold until the body's last byte.
   */
  call(params: CallParams, options?: Options<CallProgress>): Promise<CallResult>
  /** A stack of a function, as errors have it in `data.stack`, with places in its sources. Looks for source maps here and at peers. */
  explain(params: { stack: string }, options?: Options): Promise<{ stack: string }>
  /** The kept receipt of a call that was made here, its signature checked. Throws `unknown-receipt`, `bad-answer`. */
  receipt(params: { call: string }): Promise<KeptReceipt>
  /** How a call that was made here went, and why so. Throws `unknown-call`. */
  why(params: { call: string }): Promise<CallStory>
  /**
   * Seals a secret of one's own name to the runners that may have it. Throws `usage`; `no-runner` where none may, or one that was
   * named does not qualify; `bad-record` where what is kept of them here is damaged.
   */
  secretSet(params: SecretSetParams, options?: Options): Promise<SecretSet>
  /** Takes one away again, from all that have it. Throws `usage`. */
  secretRemove(params: SecretRemoveParams, options?: Options): Promise<SecretsChanged>
  /** Changes who may have a name's secrets; all of them are sealed anew. Throws `usage`, `no-runner`. */
  secretRunners(params: SecretRunnersParams, options?: Options): Promise<SecretsChanged>
  /** What secrets a name has, and who may have them; no values. */
  secretList(params: { name: string }): Promise<SecretsListed>
  /** The names known here: one's own, and others' that were called, trusted or announced. */
  list(): Promise<ListedName[]>
  /** Waits a moment for the first, where this peer has just joined. Throws `wrong-network` where others answer in place of all of them. */
  peers(): Promise<ListedPeer[]>
  status(): Promise<Status>
  /** Connects to peers at these multiaddrs and keeps to them; waits a moment for the first connection. */
  join(params: { addresses: string[] }): Promise<Joined>
  /**
   * Ends the peer: new work is refused as `draining`, what runs may finish for as long as the peer was started with, or is cut at once
   * (`now`, also when it is ending already). Resolves when all of that is over; then the process ends.
   */
  down(params?: { now?: boolean }): Promise<Ended>
  /** What this machine lends, whether it does so now, and what that goes by. */
  volunteering(): Promise<VolunteerStatus>
  /** Changes that; in force at once, and kept. Throws `usage`; what kept the runner from its start. */
  volunteer(params: VolunteerChange): Promise<VolunteerStatus>
  aliases(): Promise<Record<string, PublisherId>>
  aliasAdd(params: { name: string; key: string }): Promise<void>
  aliasRemove(params: { name: string }): Promise<void>
}

export interface Identity {
  publisher: PublisherId
  /** Absent for a peer that only lasts as long as a command: its id means nothing afterwards. */
  peer?: PeerId
  /** The closed network it is in. Absent in the open one. */
  network?: NetworkName
}

/** What a closed network is called, and what it is known by: two may be called the same. */
export interface NetworkName {
  label: string
  tag: string
}

export interface DeployParams {
  /** Absolute path of the handler's file or folder. */
  entry: string
  name?: string
  message?: string
}

export interface Deployed {
  /** `publisher/name`. */
  name: string
  cid: string
  sequence: number
  /** False where the name already pointed at this very function. */
  moved: boolean
  bundleBytes: number
  /** Peers, besides this one, that hold the function now. */
  keptBy: PeerId[]
  /** Peers that were asked and did not. */
  notKeptBy: NotTaken[]
  warnings: string[]
  ms: number
}

export interface ListedName {
  name: string
  publisher: PublisherId
  alias?: string
  own: boolean
  sequence: number
  /** Null where the publisher removed it. */
  cid: string | null
  /** When it was signed, by the publisher's clock, ms since 1970. */
  time: number
  message: string
  /** How long ago a peer, or a deploy here, last said that this is the newest record, in ms. */
  confirmedAgoMs: number
  /** Its publisher signed another record with the same sequence. */
  forked: boolean
}

export type ListedPeer = Link

export interface Joined {
  /** Addresses that answered. The others are tried further. */
  reached: string[]
  failed: { address: string; message: string; code?: ErrorCode }[]
}

export interface Ended extends Drained {
  /** The process that ends. */
  pid: number
}

export interface Status extends Identity {
  /** Where others reach it. */
  addresses: string[]
  /** Where it listens itself; the same, unless it announces others. */
  listening: string[]
  /** Where a gateway in front of it takes HTTP on its own machine, such as `http://localhost:4280`. */
  gateway?: string
  uptimeMs: number
  peers: number
  /** Absent where this peer runs nothing for anybody. */
  runner?: RunnerState
  /** What keeps functions in, layer by layer. Absent where this peer runs nothing, or is not up yet. */
  jail?: Jail
  store: { bytes: number; capBytes: number; count: number }
  names: number
  calls: { made: number; served: number; refused: number; failed: number }
  draining: boolean
  /** How far predictions of own small calls were off, by phase, since the start. */
  predictions: Record<Phase, Score>
  /** What was said on call streams since the start. */
  traffic: Traffic
}
