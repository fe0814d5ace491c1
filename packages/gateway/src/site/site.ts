import type { Exchange } from '../server/server.ts'

/** What a request was addressed to, checked. */
export interface Asked {
  /** The host's labels before `.localhost`; none for the machine itself. */
  labels: readonly string[]
  path: string
  /** With its `?`; empty where there is none. */
  query: string
  /** As the client wrote it. */
  host: string
  /** Where this gateway listens. */
  port: number
}

/** A function, and what it is asked. */
export interface Place {
  /** As `CallParams` has it. */
  target: string
  /** Path and query, as the function sees them. */
  path: string
  /** Where the function has this gateway's origin to itself, which is what it gets to see as `host`. */
  host: string
  /** It was not asked there, but where others are as well. */
  sharesOrigin: boolean
}

/** Says which function a request means. Undefined where it means none, and the site has answered it. Throws `bad-name`, … */
export type Site = (asked: Asked, exchange: Exchange) => Place | Promise<Place | undefined>
