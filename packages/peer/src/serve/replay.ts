import type { Answer, Clock } from '@hither/core'
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
  const kept = new Map<string, { answer: Promise<Answer>; at: number }>()

  function expire(): void {
    for (const [key, { at }] of kept) {
      if (kept.size <= REPLAYS_MAX && now() - at < REPLAY_MS) return
      kept.delete(key)
    }
  }

  return {
    once(key, run) {
      if (key === undefined) return run()
      expire()
      const before = kept.get(key)
      if (before !== undefined) return before.answer
      const answer = run()
      const entry = { answer, at: now() }
      kept.set(key, entry)
      const forget = (): boolean => kept.get(key) === entry && kept.delete(key)
      void answer.then(({ body }) => body.length > REPLAY_BODY_BYTES && forget(), forget)
      return answer
    },
  }
}
