/**
 * What the isolate asks of the service `fetch`, as JSON. It numbers its requests itself, never twice. Headers are names and values in
 * turn. `send` is answered with a FetchedHead, `read` with bytes or, at their end, an empty text, `write` when there is room for the next
 * piece, or with UNWANTED.
 */
export type FetchOrder =
  | { do: 'send'; id: number; method: string; url: string; headers: string[]; streams?: true }
  | { do: 'read' | 'write' | 'written' | 'drop'; id: number }

/** The answer to a `write` after the whole response came: who has answered reads no more. */
export const UNWANTED = 'unwanted'

/** The head of a response. */
export interface FetchedHead {
  status: number
  statusText: string
  headers: string[]
}

/** Does an answer end with its head, whatever that says of a body? */
export function isBodiless(method: string, status: number): boolean {
  return method === 'HEAD' || status === 204 || status === 205 || status === 304
}

/**
 * Is a body unpacked that was packed so? Not by zstd: Node 24 takes what is packed in several frames, as it may be, for over after the
 * first of them, and says nothing.
 */
export function isUnpacked(coding: string): boolean {
  return /^(?:x-)?gzip$|^deflate$|^br$/.test(coding)
}
