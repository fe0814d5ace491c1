import {
  HitherError,
  isStreamed,
  leave,
  mayFail,
  NO_RUN,
  toHitherError,
  type Answer,
  type PeerId,
  type WholeAnswer,
} from '@hither/core'
import { LEFT_RUNS_PER_CALLER_MAX, REPLAY_BODY_BYTES } from '../limits/serving.ts'
import { raced } from '../raced.ts'
import { untilDeadline } from './until-deadline.ts'
import { keptOutcomes, type KeptOutcomesInit, type Outcome } from './kept-outcomes.ts'

/** Outcomes kept by idempotency key, so that a call repeated on this runner is answered again instead of run again. */
export interface Replays {
  /**
   * Runs at most once per caller and key. The run is nobody's in particular: the signal ends only one's own wait, and leaves it
   * running for those who ask again. Without a key it just runs, and ends with the signal. Throws `already-ran` where the answer was
   * too large to keep, and for `streamed` requests always: nobody can say that the second stream is the first. Of those that a caller
   * left running, more than LEFT_RUNS_PER_CALLER_MAX are ended.
   */
  once(caller: PeerId, asked: AskedOnce, run: Run, signal: AbortSignal): Promise<Answer>
}

export interface AskedOnce {
  key: string | undefined
  streamed: boolean
  /** Until its deadline, at which it ends though its caller may not wait for it any more. */
  remainingMs: number
}

type Keyed = AskedOnce & { key: string }

/** It ends with the signal. */
export type Run = (signal: AbortSignal) => Promise<Answer>

/** Kept is what may have had effects: answers, and failures of a handler that may have begun. A refusal is not, since nothing ran. */
export function replays(init: KeptOutcomesInit): Replays {
  const running = new Map<string, Promise<Answer>>()
  /** How many runs of a caller go on for which it does not wait. */
  const left = new Map<PeerId, number>()
  const kept = keptOutcomes(init)

  /** A run begins. */
  function note(caller: PeerId, id: string, outcome: Promise<Answer>): void {
    running.set(id, outcome)
    const end = (how: Outcome): void => {
      running.delete(id)
      if (!(how instanceof HitherError) || mayHaveRun(how)) kept.keep(caller, id, how)
    }
    outcome.then(
      (answer) => end(small(answer)),
      (thrown: unknown) => end(toHitherError(thrown)),
    )
  }

  /** It goes on without its caller, if it is not over. An answer that is a stream is nobody else's to read. */
  function leaveRunning(caller: PeerId, outcome: Promise<Answer>, ends: AbortController): void {
    if (leftBy(caller) >= LEFT_RUNS_PER_CALLER_MAX) ends.abort(tooManyLeft())
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

  async function runOrRepeat(caller: PeerId, asked: Keyed, run: Run, signal: AbortSignal): Promise<Answer> {
    const { key, streamed, remainingMs } = asked
    signal.throwIfAborted()
    const id = `${caller} ${key}`
    const before = kept.get(id)
    const under = running.get(id)
    if (streamed && (before ?? under) !== undefined)
      throw notKept('the call ran already, and whether it was for the same stream cannot be told')
    if (before !== undefined) return replayed(before)
    if (under !== undefined) return replayed(shared(await raced(under, signal)))
    const ends = new AbortController()
    const outcome = untilDeadline(remainingMs, ends.signal, run)
    note(caller, id, outcome)
    try {
      return await raced(outcome, signal)
    } catch (error) {
      leaveRunning(caller, outcome, ends)
      throw error
    }
  }

  return {
    once: (caller, { key, streamed, remainingMs }, run, signal) =>
      key === undefined ? run(signal) : runOrRepeat(caller, { key, streamed, remainingMs }, run, signal),
  }
}

/** Of what was sent to a process it is said how long it took, also where its time was over before its handler began. */
function mayHaveRun({ code, retry, data }: HitherError): boolean {
  const isOver = code === 'timeout' || code === 'cancelled'
  return isOver ? data?.['metrics'] !== undefined : retry !== 'elsewhere'
}

/** A stream is read by the one who asked first. */
function shared(answer: Answer): WholeAnswer {
  if (!isStreamed(answer)) return answer
  throw notKept('the call runs already, and its answer is a stream')
}

/** Of a large answer only the fact is kept that there was one. */
function small(answer: Answer): Outcome {
  if (!isStreamed(answer) && answer.body.length <= REPLAY_BODY_BYTES) return answer
  return notKept('the call ran already, and its answer was too large to keep')
}

function notKept(message: string): HitherError {
  return new HitherError('already-ran', message, {
    fix: 'let the function answer with a reference to large results, and fetch them by another call',
  })
}

function tooManyLeft(): HitherError {
  return new HitherError('cancelled', 'its caller gave it up', {
    why: `${LEFT_RUNS_PER_CALLER_MAX} calls that it gave up before still run here`,
  })
}

function replayed(outcome: Outcome): Answer {
  if (outcome instanceof HitherError) throw outcome
  return { ...outcome, trailer: { ...outcome.trailer, replayed: true, metrics: NO_RUN } }
}
