import {
  HitherError,
  isStreamed,
  NO_RUN,
  toHitherError,
  type Answer,
  type Clock,
  type PeerId,
  type WholeAnswer,
} from '@hither/core'
import { LRUCache } from 'lru-cache'
import { REPLAY_BODY_BYTES, REPLAY_CALLERS_MAX, REPLAY_MS, REPLAYS_PER_CALLER_MAX } from '../limits/serving.ts'

/** Outcomes kept by idempotency key, so that a call repeated on this runner is answered again instead of run again. */
export interface Replays {
  /**
   * Runs at most once per caller and key. The run is nobody's in particular: whoever gives up leaves it running for those who
   * ask again. Without a key it just runs, and ends with the signal. Throws `already-ran` where the answer was too large to keep,
   * and for `streamed` requests always: nobody can say that the second stream is the first.
   */
  once(caller: PeerId, asked: AskedOnce, run: Run, signal: AbortSignal): Promise<Answer>
}

export interface AskedOnce {
  key: string | undefined
  streamed: boolean
}

/** Without a signal it goes on to its own deadline. */
type Run = (signal?: AbortSignal) => Promise<Answer>

/**
 * Kept is what may have had effects: answers, and failures of a handler that began. A refusal is not, since nothing ran. Each
 * caller has room of its own, so that none can push out another's.
 */
export function replays(now: Clock): Replays {
  const running = new Map<string, Promise<Answer>>()
  const callers = new LRUCache<PeerId, LRUCache<string, Promise<WholeAnswer>>>({ max: REPLAY_CALLERS_MAX })

  function keptOf(caller: PeerId): LRUCache<string, Promise<WholeAnswer>> {
    const kept =
      callers.get(caller) ??
      new LRUCache({ max: REPLAYS_PER_CALLER_MAX, ttl: REPLAY_MS, perf: { now }, ttlResolution: 0 })
    callers.set(caller, kept)
    return kept
  }

  function begin(caller: PeerId, key: string, run: Run): Promise<Answer> {
    const outcome = run()
    const id = `${caller} ${key}`
    running.set(id, outcome)
    const end = (keep: boolean): void => {
      running.delete(id)
      if (!keep) return
      const kept = outcome.then(small)
      keptOf(caller).set(key, kept)
      // Whoever asks again hears of it; until then it is no failure that nobody waits for.
      kept.catch(() => undefined)
    }
    outcome.then(
      () => end(true),
      (error: unknown) => end(toHitherError(error).retry !== 'elsewhere'),
    )
    return outcome
  }

  async function runOrRepeat(caller: PeerId, key: string, streamed: boolean, run: Run): Promise<Answer> {
    const before = keptOf(caller).get(key)
    const under = running.get(`${caller} ${key}`)
    if (streamed && (before ?? under) !== undefined)
      throw notKept('the call ran already, and whether it was for the same stream cannot be told')
    if (before !== undefined) return replayed(await before)
    return under === undefined ? begin(caller, key, run) : shared(await under)
  }

  return {
    once: (caller, { key, streamed }, run, signal) =>
      key === undefined ? run(signal) : runOrRepeat(caller, key, streamed, run),
  }
}

/** A stream is read by the one who asked first. */
function shared(answer: Answer): WholeAnswer {
  if (!isStreamed(answer)) return answer
  throw notKept('the call runs already, and its answer is a stream')
}

/** Of a large answer only the fact is kept that there was one. */
function small(answer: Answer): WholeAnswer {
  if (!isStreamed(answer) && answer.body.length <= REPLAY_BODY_BYTES) return answer
  throw notKept('the call ran already, and its answer was too large to keep')
}

function notKept(message: string): HitherError {
  return new HitherError('already-ran', message, {
    fix: 'let the function answer with a reference to large results, and fetch them by another call',
  })
}

function replayed({ trailer, ...answer }: WholeAnswer): Answer {
  return { ...answer, trailer: { ...trailer, replayed: true, metrics: NO_RUN } }
}
