import { HitherError, type ErrorCode, type JoinProgress, type Links } from '@hither/core'
import type { Logger } from 'pino'

/** What a peer says that found nothing, and has nobody to ask. */
const FOUND_NOTHING: readonly ErrorCode[] = ['no-runner', 'unknown-name', 'unknown-function']

/** Whoever answers at addresses that were to be of this network, and is not of it. */
export interface Strangers {
  /** To be told of failed joins. */
  readonly onProgress: (event: JoinProgress) => void
  /** Throws `wrong-network` where nobody else is connected. */
  refuse: () => void
  /** What to say in place of an error that comes only of being alone among strangers. */
  explain(thrown: unknown): unknown
}

export function strangers(links: Links, log: Logger): Strangers {
  const met = new Map<string, HitherError>()
  let told = false
  /** The first of them, where nobody else is connected. */
  const inTheWay = (): HitherError | undefined => {
    const [error] = met.values()
    return links.list().length === 0 ? error : undefined
  }
  return {
    onProgress({ address, error }) {
      met.delete(address)
      if (error.code !== 'wrong-network') return
      met.set(address, error)
      // An address is tried again and again.
      if (!told) log.warn({ address, code: error.code }, error.message)
      told = true
    },
    refuse() {
      const error = inTheWay()
      if (error !== undefined) throw error
    },
    explain(thrown) {
      const nothing = thrown instanceof HitherError && FOUND_NOTHING.includes(thrown.code)
      return nothing ? (inTheWay() ?? thrown) : thrown
    },
  }
}
