/**
 * The same as `hither`, for browsers and wherever else no peer can be: over the HTTP of a gateway.
 *
 * @packageDocumentation
 */
export { HitherError, type ErrorCode } from '@hither/core'
export type { KeptReceipt } from '@hither/peer'
export type { FetchInit } from './asked.ts'
export type { CallOptions, Duration } from './call-options.ts'
export type { CallInfo } from './carrier.ts'
export type { Functions } from './functions.ts'
export { connect, type ConnectOptions } from './gateway/connect.ts'
export type { Net } from './net.ts'
