import { HitherError, leave, mayFail } from '@hither/core'
import { attempt, type Copy, type Won } from './attempt.ts'
import type { CallComponents, ChosenRoute, Journey } from './journey.ts'
import { secondRoute } from './route.ts'

/**
 * Sends a call, and where it may run twice and its answer is late, a second copy of it elsewhere. The first good answer counts, from
 * its head on, and the other copy is ended. Undefined: all came to nothing, and the call may go elsewhere. Throws where it may not.
 */
export function firstAnswer(on: CallComponents, journey: Journey, first: ChosenRoute): Promise<Won | undefined> {
  const { signal } = journey.deadline
  const afterMs = hedgeAfterMs(on, journey, first)
  // It ends with the call, and in no other way.
  if (afterMs === undefined) return attempt(on, journey, first, { signal })

  return new Promise((resolve, reject) => {
    /** Of each copy, how to drop it. */
    const underWay = new Set<() => void>()

    const settle = (end: () => void): void => {
      callOff()
      for (const drop of underWay) drop()
      underWay.clear()
      end()
    }

    const start = async (route: ChosenRoute, hedge?: true): Promise<void> => {
      const one = droppable(signal, hedge)
      const outcome = attempt(on, journey, route, one.copy)
      const drop = (): void => one.drop(outcome)
      const isOver = (): boolean => underWay.delete(drop)
      underWay.add(drop)
      try {
        const won = await outcome
        if (won === undefined) one.letGo()
        if (isOver() && (won !== undefined || underWay.size === 0)) settle(() => resolve(won))
      } catch (error) {
        one.letGo()
        if (isOver()) settle(() => reject(error))
      }
    }

    const sendSecond = (): void => {
      const route = secondRoute(on, journey, first.choice)
      if (route === undefined) return
      journey.hedged = true
      journey.onProgress({ type: 'call:hedged', peer: route.choice, after: first.choice, afterMs })
      void start(route, true)
    }

    const callOff = on.timers.after(afterMs, sendSecond)
    void start(first)
  })
}

/** One second copy of a call is all that it gets; and none that would be sent behind its deadline, for which no timer may be long enough. */
function hedgeAfterMs({ now }: CallComponents, journey: Journey, route: ChosenRoute): number | undefined {
  const { hedge, hedged, wants, deadline } = journey
  if (hedged || wants.repeatable !== true) return undefined
  const afterMs = typeof hedge === 'number' ? hedge : route.hedgeAfterMs
  return afterMs !== undefined && afterMs < deadline.endsAt - now() ? afterMs : undefined
}

interface Droppable {
  copy: Copy
  /** It came to nothing, and follows the call no longer: one that waits makes many attempts. */
  letGo(): void
  /** Another copy was first: its runner is told, and an answer that has begun all the same is left. */
  drop(outcome: Promise<Won | undefined>): void
}

/** `AbortSignal.any` is ten times as dear. */
function droppable(signal: AbortSignal, hedge: true | undefined): Droppable {
  const ends = new AbortController()
  const end = (): void => ends.abort(signal.reason)
  if (signal.aborted) end()
  else signal.addEventListener('abort', end, { once: true })
  const copy: Copy = { signal: ends.signal, ...(hedge && { hedge }) }
  return {
    copy,
    letGo: () => signal.removeEventListener('abort', end),
    drop(outcome) {
      copy.dropped = new HitherError('cancelled', 'another copy of the call was answered first')
      ends.abort(copy.dropped)
      void mayFail(outcome.then((won) => (won === undefined ? undefined : leave(won.answer.body))))
    },
  }
}
