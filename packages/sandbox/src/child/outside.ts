import type { Headers } from '@hither/core'

/** The way out for functions' own requests, which lead through the parent. */
export interface Outside {
  /** Sends a request on account of a call; whether it may go, the parent says. */
  fetch(call: number, request: OutsideRequest, events: OutsideEvents): OutsideExchange
}

export interface OutsideRequest {
  method: string
  url: string
  headers: Headers
  /** `streams`: it comes by `upload`. */
  body: Uint8Array | 'streams'
}

export interface OutsideResponse {
  status: number
  statusText: string
  headers: Headers
}

/** What becomes of a request. After an error comes nothing. */
export interface OutsideEvents {
  fetched(response: OutsideResponse): void
  /** The next piece of the response's body, never more than there is room for. */
  piece(bytes: Uint8Array): void
  /** There is room for more of the request's body. */
  room(): void
  finished(): void
  failed(why: string): void
}

/** A request that is under way. */
export interface OutsideExchange {
  /** May a piece go now? Else `room` tells when. */
  readonly hasRoom: boolean
  /** The next piece of the body, of at most so many bytes as a frame has; all of it goes as far as there is room. How many went. */
  upload(bytes: Uint8Array): number
  uploaded(): void
  /** So many bytes of the response were read. */
  read(bytes: number): void
  drop(): void
}
