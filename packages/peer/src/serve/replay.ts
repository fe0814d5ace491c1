import { NO_RUN, toHitherError, type Answer, type Clock } from '@hither/core'
import { LRUCache } from 'lru-cache'
import { REPLAY_BODY_BYTES, REPLAY_MS, REPLAYS_MAX } from '../limits.ts'

/** Outcomes kept by idempotency key, so that a call repeated on this runner is answered again instead of run again. */
export interface Replays {
  /**
   * Runs at most once per key. The run is nobody's in particular: whoever gives up leaves it running for those who ask again.
   * Without a key it just runs, and ends with the signal.
   */
  once(key: string | undefined, run: Run, signal: AbortSignal): Promise<Answer>
}

/** Without a signal it goes on to its own deadline. */
type Run = (signal?: AbortSignal) => Promise<Answer>

/**
 * Kept is what may have had effects: answers, and failures of a handler that began. A refusal is not, since nothing ran; nor
 * is a large answer, so that a repetition of such a call runs again, as it would on another runner.
 */
export function replays(now: Clock): Replays {
  const running = new Map<string, Promise<Answer>>()
  const kept = new LRUCache<string, Promise<Answer>>({
    max: REPLAYS_MAX,
    ttl: REPLAY_MS,
    perf: { now },
    ttlResolution: 0,
  })

  function begin(key: string, run: Run): Promise<Answer> {
    const outcome = run()
    running.set(key, outcome)
    const end = (keep: boolean): void => {
      running.delete(key)
      if (keep) kept.set(key, outcome)
    }
    outcome.then(
      ({ body }) => end(body.length <= REPLAY_BODY_BYTES),
      (error: unknown) => end(toHitherError(error).retry !== 'elsewhere'),
    )
    return outcome
  }

  return {
    async once(key, run, signal) {
      if (key === undefined) return run(signal)
      const before = kept.get(key)
      if (before !== undefined) return replayed(await before)
      return running.get(key) ?? begin(key, run)
    },
  }
}

function replayed({ trailer, ...answer }: Answer): Answer {
  return { ...answer, trailer: { ...trailer, replayed: true, metrics: NO_RUN } }
}
