import { HitherError } from '@hither/core'
import { REQUEST_WHOLE_MS } from '../../limits/calls.ts'

export function draining(): HitherError {
  return new HitherError('draining', 'this peer is about to stop')
}

export function busy(why: string): HitherError {
  return new HitherError('busy', 'this peer takes no more calls from the caller for now', { why })
}

/** A request that is not here as a whole by then. */
export function tooSlow(): HitherError {
  return new HitherError('busy', 'the request took too long to come', {
    why: `within ${REQUEST_WHOLE_MS / 1000} s it was not here as a whole, and what is here takes memory`,
    fix: 'send less at once, or as a stream',
  })
}
