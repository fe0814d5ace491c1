import { isRepeatable, type Manifest, type RouteQuery } from '@hither/core'
import type { CallParams } from '../api.ts'
import type { Resolved } from '../resolve.ts'
import type { RequestBody } from './request-body.ts'

/** What a call asks of its runner, the same for each of its attempts. */
export type Wants = Omit<RouteQuery, 'tried' | 'hedge' | 'after'>

/** As far as it is known here: a function that is not on this machine may want more, which its runner then says. */
export function wantsOf(
  params: CallParams,
  { cid, publisher }: Resolved,
  body: RequestBody,
  manifest: Manifest | undefined,
): Wants {
  const { method = 'GET', prefer = [], avoid = [], labels = [], tier, hedge } = params
  const twice = hedge !== false && !body.streamed && isRepeatable(method, manifest?.effects)
  return {
    cid,
    ...(publisher !== undefined && { publisher }),
    needs: manifest?.needs ?? [],
    ...(manifest !== undefined && { memoryMb: manifest.limits.memoryMb }),
    prefer,
    avoid,
    labels,
    ...(tier !== undefined && { tier }),
    bodyBytes: body.bytes(),
    repeatable: twice,
  }
}
