import type { HitherError } from '@hither/core'
import { withStack } from '@hither/peer'
import type { Session } from '../session.ts'

/** For a source map that is at a peer, in ms. Whoever waits for an error wants it rather soon than readable. */
const EXPLAIN_MAX_MS = 2000

/** An error of a function, with its stack in places of its sources as far as their map can be had. Only now: no call waits for that. */
export async function explained(error: HitherError, { api }: Session): Promise<HitherError> {
  const stack = error.data?.['stack']
  if (typeof stack !== 'string' || stack === '') return error
  try {
    const { stack: readable } = await api.explain({ stack }, { signal: AbortSignal.timeout(EXPLAIN_MAX_MS) })
    return withStack(error, readable)
  } catch {
    // What went wrong is the error itself; that it could not be made more readable is nothing beside it.
    return withStack(error, stack)
  }
}
