import { mayFail } from '@hither/core'
import { gate } from '../../gate.ts'

/**
 * Places for calls whose bodies flow. Both bodies of a call share one: a call that had to wait for a second would hold what
 * others wait for, and they what it waits for.
 */
export interface Places {
  /** Resolves when the call of this id has a place, with how to leave; rejects with the signal's reason. */
  enter(id: number, signal: AbortSignal): Promise<() => void>
}

interface Place {
  entered: Promise<() => void>
  /** Stops waiting for it. */
  unwanted: AbortController
  uses: number
}

export function places(max: number): Places {
  const door = gate(max)
  const byCall = new Map<number, Place>()

  const placeOf = (id: number): Place => {
    const known = byCall.get(id)
    if (known !== undefined) return known
    const unwanted = new AbortController()
    const place = { entered: mayFail(door.enter(unwanted.signal)), unwanted, uses: 0 }
    byCall.set(id, place)
    return place
  }
  const leave = async (id: number, place: Place): Promise<void> => {
    place.uses -= 1
    if (place.uses > 0) return
    byCall.delete(id)
    place.unwanted.abort()
    const goOut = await place.entered
    goOut()
  }
  return {
    async enter(id, signal) {
      signal.throwIfAborted()
      const place = placeOf(id)
      place.uses += 1
      const left = (): void => void mayFail(leave(id, place))
      try {
        await within(place.entered, signal)
      } catch (thrown) {
        left()
        throw thrown
      }
      return left
    },
  }
}

function within(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error)
    const over = (settle: () => void) => (): void => {
      signal.removeEventListener('abort', onAbort)
      settle()
    }
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(over(resolve), over(onAbort))
  })
}
