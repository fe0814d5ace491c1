import { HitherError } from '@hither/core'
import { TARGET_MAX_CHARS } from '../limits.ts'

export interface RequestTarget {
  /** From `/`, as it was sent. */
  path: string
  /** With its `?`; empty where there is none. */
  query: string
}

/** A segment of `.` or `..`, in every way in which a URL can write them. */
const DOTS = /\/(?:\.|%2e){1,2}(?:\/|$)/i

/**
 * Reads a request's target. Refused is what another reader of the same URL would take for another one: a function must be asked
 * for what the gateway believed to be asked. Throws `bad-message`, `too-large`.
 */
export function readTarget(target: string): RequestTarget {
  if (target.length > TARGET_MAX_CHARS) {
    throw new HitherError('too-large', `the path has more than ${TARGET_MAX_CHARS} characters`)
  }
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  const fault = faultOf(path)
  if (fault !== undefined || target.includes('#')) throw badTarget(fault ?? 'fragments are not sent')
  return { path, query: mark < 0 ? '' : target.slice(mark) }
}

function badTarget(why: string): HitherError {
  return new HitherError('bad-message', 'the path of the request is not taken here', { why })
}

function faultOf(path: string): string | undefined {
  if (!path.startsWith('/')) return 'it does not start with "/": this is no proxy'
  if (path.startsWith('//')) return 'it starts with "//", which names a host'
  if (path.includes('\\')) return 'it has a backslash, which some take for a slash'
  if (/%00/.test(path)) return 'it has a NUL'
  if (DOTS.test(path)) return 'it has a segment of dots, which others would resolve'
  return undefined
}
