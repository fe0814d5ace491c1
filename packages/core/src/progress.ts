import type { PeerId } from './keys.ts'
import type { ErrorCode, HitherError } from './errors.ts'
import type { BuildProgress } from './interfaces/bundler.ts'
import type { Standing } from './interfaces/names.ts'
import type { Route } from './interfaces/placement.ts'

/** The steps of a deploy, as they happen. */
export type DeployProgress =
  | BuildProgress
  | { type: 'deploy:stored'; cid: string; blocks: number }
  | { type: 'deploy:named'; name: string; sequence: number }
  | { type: 'deploy:pushed'; peer: PeerId; kept: boolean }
  | { type: 'deploy:push-failed'; peer: PeerId; code: ErrorCode; message: string }

/** The steps of a call, as they happen. */
export type CallProgress =
  | { type: 'call:resolved'; cid: string; ms: number; record?: Standing }
  /** `who` said that all its places are taken; they are asked again in some `nextMs`, or sooner where one is seen to have a place. */
  | { type: 'call:waiting'; why: string; who?: PeerId[]; nextMs?: number }
  /** Its caller named peers of whom nobody has heard here: maybe a slip of one letter, which would avoid nobody. */
  | { type: 'call:unknown-peers'; peers: PeerId[] }
  | { type: 'call:routed'; route: Route }
  /** A second copy is sent, since the first is late. */
  | { type: 'call:hedged'; peer: PeerId; after: PeerId; afterMs: number }
  | { type: 'call:refused'; peer: PeerId; code: ErrorCode; message: string }
  | { type: 'call:failed'; peer: PeerId; code: ErrorCode; message: string }
  | { type: 'call:answered'; peer: PeerId; status: number }

/** What happens until an address that was joined answers. It is tried again all the same. */
export type JoinProgress = { type: 'join:failed'; address: string; error: HitherError }
