import type { CallProgress, Options } from '@hither/core'
import type { CallParams, CallResult, PeerApi } from '@hither/peer'

/** HTTP on this machine's loopback addresses. */
export interface Gateway {
  /** Throws `port-in-use`. */
  start(): Promise<void>
  /** Takes no more requests, lets running ones end for `graceMs`, then closes every connection. */
  stop(options?: { graceMs?: number }): Promise<void>
  /** Where it answers, once started: `http://localhost:4280`. */
  readonly address: string
}

/** What the gateway asks of a peer. */
export type GatewayPeer = Pick<PeerApi, 'call' | 'aliases' | 'list' | 'peers' | 'receipt' | 'status'>

/** What it reads of an answer. Who ran it is unknown where there is nobody else; `ended` settles with the call. */
export type GatewayAnswer = Pick<CallResult, 'status' | 'headers' | 'body'> &
  Partial<Pick<CallResult, 'call' | 'cid' | 'peer' | 'ended'>>

/** Calls a function; a peer's own `call`, or what stands in for it. */
export type GatewayCall = (params: CallParams, options: Options<CallProgress>) => Promise<GatewayAnswer>
