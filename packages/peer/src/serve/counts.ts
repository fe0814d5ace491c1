import { mayFail, toHitherError, type Answer, type PeerId, type Services } from '@hither/core'

export interface ServeCounts {
  served: number
  refused: number
  failed: number
}

/** The same services, counting how calls ended. `running` is told of each, until its answer's last byte. */
export function counted(
  services: Services,
  running: (from: PeerId, call: Promise<unknown>) => void,
): { services: Services; counts: ServeCounts } {
  const counts: ServeCounts = { served: 0, refused: 0, failed: 0 }
  const count = async (answering: Promise<Answer>): Promise<Answer> => {
    try {
      const answer = await answering
      counts.served++
      return answer
    } catch (thrown) {
      if (toHitherError(thrown).retry === 'elsewhere') counts.refused++
      else counts.failed++
      throw thrown
    }
  }
  const call: Services['call'] = (from, ...args) => {
    const answering = services.call(from, ...args)
    running(from, mayFail(answering.then(({ trailer }) => trailer)))
    return count(answering)
  }
  return { services: { ...services, call }, counts }
}
