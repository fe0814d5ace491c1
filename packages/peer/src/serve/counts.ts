import { toHitherError, type PeerId, type Services } from '@hither/core'

export interface ServeCounts {
  served: number
  refused: number
  failed: number
}

/** The same services, counting how calls ended. `begin` is told of each, and what it gives of the end of its answer's last byte. */
export function counted(
  services: Services,
  begin: (from: PeerId) => (error?: unknown) => void,
): { services: Services; counts: ServeCounts } {
  const counts: ServeCounts = { served: 0, refused: 0, failed: 0 }
  const call: Services['call'] = async (from, ...args) => {
    const over = begin(from)
    try {
      const answer = await services.call(from, ...args)
      counts.served++
      if (answer.trailer instanceof Promise) answer.trailer.then(() => over(), over)
      else over()
      return answer
    } catch (thrown) {
      if (toHitherError(thrown).retry === 'elsewhere') counts.refused++
      else counts.failed++
      over(thrown)
      throw thrown
    }
  }
  return { services: { ...services, call }, counts }
}
