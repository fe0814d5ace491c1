import type { Body, PeerId } from '@hither/core'
import type { KeptReceipt } from '@hither/peer'
import type { Asked } from './asked.ts'

/** What is known of a call when its answer begins. */
export interface CallInfo {
  /** The call's id, by which its receipt is found. */
  call: string
  /** The function's CID. */
  cid: string
  /** Who runs it. */
  peer: PeerId
}

/** An answer, from its head on. */
export interface Answer<Info extends CallInfo> {
  status: number
  headers: [name: string, value: string][]
  /** Reading throws what broke it. */
  body: Body
  /** Made when somebody asks. */
  info: () => Info
  /** Settles when the body was read to its end, or when that cannot be any more. */
  ended: () => Promise<unknown>
}

/** A way to functions: a peer, or a gateway before one. Throws HitherErrors. */
export interface Carrier<Info extends CallInfo = CallInfo> {
  /** The signal holds until the answer's last byte; its reason is a HitherError. */
  call(asked: Asked, signal: AbortSignal): Promise<Answer<Info>>
  /** Throws `unknown-receipt`, `bad-answer`, `unsupported`. */
  receipt(call: string): Promise<KeptReceipt>
  /** A stack with places in sources in place of those in bundles, as far as they are known. */
  explain(stack: string): Promise<string>
  close(): Promise<void>
}
