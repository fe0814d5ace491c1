import { HitherError } from '@hither/core'

export function draining(): HitherError {
  return new HitherError('draining', 'this peer is about to stop')
}

export function busy(why: string): HitherError {
  return new HitherError('busy', 'this peer takes no more calls from the caller for now', { why })
}
