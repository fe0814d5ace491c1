/**
 * What an app imports to call functions: `connect()` gives a net, whose `fetch` and `functions` reach whichever peer is nearest.
 * Browsers import `hither/http`.
 *
 * @packageDocumentation
 */
export { HitherError, type CallProgress, type ErrorCode } from '@hither/core'
export type { Attempt, CallPhases, CallReport, KeptReceipt } from '@hither/peer'
export type { FetchInit } from './asked.ts'
export type { CallOptions, Duration } from './call-options.ts'
export type { CallInfo } from './carrier.ts'
export type { Functions } from './functions.ts'
export type { Net } from './net.ts'
export type { PeerCallInfo } from './peer/carrier.ts'
export { connect, type ConnectOptions } from './peer/connect.ts'
