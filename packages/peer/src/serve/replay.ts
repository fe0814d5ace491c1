import {
  HitherError,
  isStreamed,
  leave,
  mayFail,
  NO_RUN,
  toHitherError,
  type Answer,
  type Clock,
  type PeerId,
  type WholeAnswer,
} from '@hither/core'
import { LRUCache } from 'lru-cache'
import {
  LEFT_RUNS_PER_CALLER_MAX,
  REPLAY_BODY_BYTES,
  REPLAY_CALLERS_MAX,
  REPLAY_MS,
  REPLAYS_PER_CALLER_MAX,
} from '../limits/serving.ts'
import { raced } from '../raced.ts'

/** Outcomes kept by idempotency key, so that a call repeated on this runner is answered again instead of run again. */
export interface Replays {
  /**
   * Runs at most once per caller and key. The run is nobody's in particular: the signal ends only one's own wait, and leaves it
   * running for those who ask again. Without a key it just runs, and ends with the signal. Throws `already-ran` where the answer was
   * too large to keep, and for `streamed` requests always: nobody can say that the second stream is the first. Throws `busy` to a
   * caller that left too many running.
   */
  once(caller: PeerId, asked: AskedOnce, run: Run, signal: AbortSignal): Promise<Answer>
}

export interface AskedOnce {
  key: string | undefined
  streamed: boolean
}

type Keyed = AskedOnce & { key: string }

/** Without a signal it goes on to its own deadline. */
type Run = (signal?: AbortSignal) => Promise<Answer>

/**
 * Kept is what may have had effects: answers, and failures of a handler that began. A refusal is not, since nothing ran. Each
 * caller has room of its own, so that none can push out another's.
 */
export function replays(now: Clock): Replays {
  const running = new Map<string, Promise<Answer>>()
  /** How many runs of a caller go on for which it does not wait. */
  const left = new Map<PeerId, number>()
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

  /** It goes on without its caller, if it is not over. An answer that is a stream is nobody else's to read. */
  function leaveRunning(caller: PeerId, outcome: Promise<Answer>): void {
    left.set(caller, leftBy(caller) + 1)
    const over = (): void => {
      const others = leftBy(caller) - 1
      if (others > 0) left.set(caller, others)
      else left.delete(caller)
    }
    outcome.then(over, over)
    void mayFail(outcome.then(({ body }) => leave(body)))
  }

  const leftBy = (caller: PeerId): number => left.get(caller) ?? 0

  async function runOrRepeat(caller: PeerId, { key, streamed }: Keyed, run: Run, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted()
    const before = keptOf(caller).get(key)
    const under = running.get(`${caller} ${key}`)
    if (streamed && (before ?? under) !== undefined)
      throw notKept('the call ran already, and whether it was for the same stream cannot be told')
    if (before !== undefined) return replayed(await raced(before, signal))
    if (under !== undefined) return shared(await raced(under, signal))
    if (leftBy(caller) >= LEFT_RUNS_PER_CALLER_MAX) throw tooManyLeft()
    const outcome = begin(caller, key, run)
    try {
      return await raced(outcome, signal)
    } catch (error) {
      leaveRunning(caller, outcome)
      throw error
    }
  }

  return {
    once: (caller, { key, streamed }, run, signal) =>
      key === undefined ? run(signal) : runOrRepeat(caller, { key, streamed }, run, signal),
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

function tooManyLeft(): HitherError {
  return new HitherError('busy', `${LEFT_RUNS_PER_CALLER_MAX} calls that the caller gave up still run here`, {
    fix: 'call another runner, or this one again later',
  })
}

function replayed({ trailer, ...answer }: WholeAnswer): Answer {
  return { ...answer, trailer: { ...trailer, replayed: true, metrics: NO_RUN } }
}
