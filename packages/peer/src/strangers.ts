import { HitherError, type ErrorCode, type JoinProgress, type Links } from '@hither/core'
import type { Logger } from 'pino'

/** What a peer says that found nothing, and has nobody to ask. */
const FOUND_NOTHING: readonly ErrorCode[] = ['no-runner', 'unknown-name', 'unknown-function']

/** What came of the addresses that were named: strangers who are not of this network, or nobody. */
export interface Strangers {
  /** To be told of failed joins. */
  readonly onProgress: (event: JoinProgress) => void
  /** Throws `wrong-network` where nobody else is connected. */
  refuse: () => void
  /** What to say in place of an error that comes only of being alone: that of the strangers, or the same with why nobody was reached. */
  explain(thrown: unknown): unknown
}

export function strangers(links: Links, log: Logger): Strangers {
  const met = new Map<string, HitherError>()
  const unreached = new Map<string, string>()
  let told = false
  /** The first of them, where nobody else is connected. */
  const inTheWay = (): HitherError | undefined => {
    const [error] = met.values()
    return links.list().length === 0 ? error : undefined
  }
  return {
    onProgress({ address, error }) {
      met.delete(address)
      unreached.set(address, error.why ?? error.message)
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
      if (!(thrown instanceof HitherError) || !FOUND_NOTHING.includes(thrown.code)) return thrown
      return inTheWay() ?? (links.list().length === 0 ? withReasons(thrown, unreached) : thrown)
    },
  }
}

function withReasons(error: HitherError, unreached: ReadonlyMap<string, string>): HitherError {
  if (unreached.size === 0) return error
  const { code, message, why, fix, data, cause } = error
  const reasons = [...unreached].map(
    ([address, reason]) => `the peer at ${address} was not reached: ${reasonWords(reason)}`,
  )
  return new HitherError(code, message, {
    why: [...(why === undefined ? [] : [why]), ...reasons].join('\n'),
    ...(fix !== undefined && { fix }),
    ...(data !== undefined && { data }),
    cause,
  })
}

/** What the system calls the commonest reasons. */
const REASONS: readonly [sign: string, words: string][] = [
  ['ECONNREFUSED', 'connection refused'],
  ['EHOSTUNREACH', 'no way leads to that host'],
  ['ENETUNREACH', 'no way leads to that network'],
  ['ENOTFOUND', 'no host has that name'],
  ['ETIMEDOUT', 'it did not answer in time'],
]

function reasonWords(reason: string): string {
  return REASONS.find(([sign]) => reason.includes(sign))?.[1] ?? reason
}
