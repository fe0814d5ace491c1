import { toHitherError, type Services } from '@hither/core'

export interface ServeCounts {
  served: number
  refused: number
  failed: number
}

/** The same services, counting how calls ended. */
export function counted(services: Services): { services: Services; counts: ServeCounts } {
  const counts: ServeCounts = { served: 0, refused: 0, failed: 0 }
  const call: Services['call'] = async (...args) => {
    try {
      const answer = await services.call(...args)
      counts.served++
      return answer
    } catch (thrown) {
      if (toHitherError(thrown).retry === 'elsewhere') counts.refused++
      else counts.failed++
      throw thrown
    }
  }
  return { services: { ...services, call }, counts }
}
