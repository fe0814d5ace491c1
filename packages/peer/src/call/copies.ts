import { attempt, type Copy } from './attempt.ts'
import type { BegunAnswer, CallComponents, ChosenRoute, Journey } from './journey.ts'
import { secondRoute } from './route.ts'

/** An answer, and the route that led to it. */
export interface Won {
  route: ChosenRoute
  answer: BegunAnswer
}

/**
 * Sends a call, and where it may run twice and its answer is late, a second copy of it elsewhere. The first good answer counts, from
 * its head on, and the other copy is ended. Undefined: all came to nothing, and the call may go elsewhere. Throws where it may not.
 */
export function firstAnswer(on: CallComponents, journey: Journey, first: ChosenRoute): Promise<Won | undefined> {
  return new Promise((resolve, reject) => {
    const underWay = new Set<Copy>()
    let callOff = (): void => {}

    const settle = (end: () => void): void => {
      callOff()
      for (const copy of underWay) copy.drop()
      underWay.clear()
      end()
    }

    const follow = async (copy: Copy, route: ChosenRoute): Promise<void> => {
      const isOver = (): boolean => underWay.delete(copy)
      try {
        const answer = await copy.outcome
        if (!isOver()) return
        if (answer !== undefined) settle(() => resolve({ route, answer }))
        else if (underWay.size === 0) settle(() => resolve(undefined))
      } catch (error) {
        if (isOver()) settle(() => reject(error))
      }
    }

    const start = (route: ChosenRoute, hedge: boolean): void => {
      const copy = attempt(on, journey, route, hedge)
      underWay.add(copy)
      void follow(copy, route)
    }

    const sendSecond = (afterMs: number): void => {
      const route = secondRoute(on, journey, first.choice)
      if (route === undefined) return
      journey.hedged = true
      journey.onProgress({ type: 'call:hedged', peer: route.choice, after: first.choice, afterMs })
      start(route, true)
    }

    start(first, false)
    const afterMs = hedgeAfterMs(journey, first)
    if (afterMs !== undefined) callOff = on.timers.after(afterMs, () => sendSecond(afterMs))
  })
}

/** One second copy of a call is all that it gets. */
function hedgeAfterMs({ hedge, hedged, wants }: Journey, route: ChosenRoute): number | undefined {
  if (hedged || wants.repeatable !== true) return undefined
  return typeof hedge === 'number' ? hedge : route.hedgeAfterMs
}
