import { toHitherError, type Answer, type PeerId, type Services } from '@hither/core'

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
  const call: Services['call'] = (from, ...args) => {
    const over = begin(from)
    const answered = (answer: Answer): void => {
      counts.served++
      if (answer.trailer instanceof Promise) answer.trailer.then(() => over(), over)
      else over()
    }
    const failed = (thrown: unknown): void => {
      if (toHitherError(thrown).retry === 'elsewhere') counts.refused++
      else counts.failed++
      over(thrown)
    }
    // Looks on: whoever asked has the answer as soon.
    const answering = services.call(from, ...args)
    answering.then(answered, failed)
    return answering
  }
  return { services: { ...services, call }, counts }
}
