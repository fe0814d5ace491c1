import type { PeerId } from '@hither/core'
import type { Timers } from '../timers.ts'

/**
 * Where calls of this peer wait while all who could run them are full. Of those that wait for the same runner, the one that came
 * first asks first, whichever way it became time to ask: a place was seen to be free, or some time is over.
 */
export interface WaitingRoom {
  /** Calls that wait. */
  readonly length: number
  /** Somebody waits for this runner. */
  isWaitedFor(runner: PeerId): boolean
  /** A place in the line, behind all others. */
  enter(): number
  /** Resolves when this call should ask again. Rejects with the signal's reason. */
  turn(place: Place, pause: Pause, signal: AbortSignal): Promise<void>
  /** So many places may be free at a runner. */
  freed(runner: PeerId, places: number): void
}

/** A call's place in the line, which it keeps when it asked in vain. */
interface Place {
  /** Who came first has the least. */
  number: number
  /** Runners that said that they are full. */
  full: ReadonlySet<PeerId>
  /** They said something that waiting does not change. */
  hopeless: ReadonlySet<PeerId>
}

interface Pause {
  /** When it is worth while to ask, in ms, for whoever is the first. */
  ms: number
  /** When this one waits no longer, first or not, in ms. */
  leftMs: number
}

interface Waiting {
  place: Place
  call(): void
}

export function waitingRoom(timers: Timers): WaitingRoom {
  let entered = 0
  /** The first first. */
  const line: Waiting[] = []

  /** Somebody who came before waits for one of the same runners: two that ask would learn no more than one. */
  const isBehind = (one: Waiting): boolean => {
    for (const { place } of line) {
      if (place === one.place) return false
      for (const runner of one.place.full) if (place.full.has(runner)) return true
    }
    return false
  }

  return {
    get length() {
      return line.length
    },
    isWaitedFor: (runner) => line.some(({ place }) => place.full.has(runner)),
    enter: () => ++entered,
    turn: (place, { ms, leftMs }, signal) =>
      new Promise((resolve, reject) => {
        const end = (): void => {
          callOff()
          callOffEnd()
          line.splice(line.indexOf(one), 1)
          signal.removeEventListener('abort', onAbort)
        }
        const onAbort = (): void => {
          end()
          reject(signal.reason as Error)
        }
        const ring = (): void => {
          if (isBehind(one)) callOff = timers.after(ms, ring)
          else one.call()
        }
        const one: Waiting = {
          place,
          call() {
            end()
            resolve()
          },
        }
        let callOff = timers.after(ms, ring)
        const callOffEnd = timers.after(leftMs, () => one.call())
        const younger = line.findIndex((other) => other.place.number > place.number)
        line.splice(younger < 0 ? line.length : younger, 0, one)
        signal.addEventListener('abort', onAbort, { once: true })
        if (signal.aborted) onAbort()
      }),
    freed(runner, places) {
      const first = line.filter(({ place }) => !place.hopeless.has(runner)).slice(0, places)
      for (const one of first) one.call()
    },
  }
}
