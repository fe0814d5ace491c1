import type { Answer, Clock } from '@hither/core'
import { LRUCache } from 'lru-cache'
import { REPLAY_BODY_BYTES, REPLAY_MS, REPLAYS_MAX } from '../limits.ts'

/** Answers kept by idempotency key, so that a call repeated on this runner is answered again instead of run again. */
export interface Replays {
  /** Runs at most once per key, also while the first run still lasts. Without a key it just runs. */
  once(key: string | undefined, run: () => Promise<Answer>): Promise<Answer>
}

/**
 * Only successes are kept: a failed run may be tried again. Larger answers are not kept, so a repetition of such a call runs
 * again, as it would on another runner.
 */
export function replays(now: Clock): Replays {
  const kept = new LRUCache<string, Promise<Answer>>({
    max: REPLAYS_MAX,
    ttl: REPLAY_MS,
    perf: { now },
    ttlResolution: 0,
  })
  return {
    once(key, run) {
      if (key === undefined) return run()
      const before = kept.get(key)
      if (before !== undefined) return before
      const answer = run()
      kept.set(key, answer)
      const forget = (): boolean => kept.peek(key) === answer && kept.delete(key)
      void answer.then(({ body }) => body.length > REPLAY_BODY_BYTES && forget(), forget)
      return answer
    },
  }
}
