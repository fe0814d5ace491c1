import type { PeerId } from '@hither/core'
import type { Timers } from '../timers.ts'

/**
 * Where calls of this peer wait while all who could run them are full. Of those of one function that wait for the same runner, the one
 * that came first asks for all, whichever way it became time to ask: a place was seen to be free, or some time is over. The others
 * would hear the same, and do nothing until it is their turn; but who has much more time left may be taken where it was not.
 */
export interface WaitingRoom {
  /** Calls that wait. */
  readonly length: number
  /** A call of this function waits for this runner, and asks for one that has so much time left, in ms. */
  isWaitedFor(runner: PeerId, fn: string, timeMs: number): boolean
  /** A place in the line, behind all others. */
  enter(): number
  /**
   * Resolves when its wait is over: to whether it should ask again, which is no use where it may wait no longer while others of its
   * function, who may, ask the same runner. Rejects with the signal's reason.
   */
  turn(place: Place, pause: Pause, signal: AbortSignal): Promise<boolean>
  /** So many places may be free at a runner that were not. */
  freed(runner: PeerId, places: number): void
  /** It says that so many are free. What it said before wakes nobody again: whom it refused all the same would be back at once. */
  says(runner: PeerId, free: number): void
}

/** A call's place in the line, which it keeps when it asked in vain. */
interface Place {
  /** Who came first has the least. */
  number: number
  /** The function's CID. */
  fn: string
  /** Until its deadline, in ms. */
  timeMs: number
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

/** A runner refuses what it cannot do in the call's time: that says little to one that has more than so many times as much. */
const SPOKEN_FOR_TIMES = 2

export function waitingRoom(timers: Timers): WaitingRoom {
  return new OrderedRoom(timers)
}

class OrderedRoom implements WaitingRoom {
  private readonly timers: Timers
  private entered = 0
  /** The first first. */
  private readonly line: Waiting[] = []
  /** By their own word, of those that have any. */
  private readonly free = new Map<PeerId, number>()

  constructor(timers: Timers) {
    this.timers = timers
  }

  get length(): number {
    return this.line.length
  }

  isWaitedFor(runner: PeerId, fn: string, timeMs: number): boolean {
    return this.speakerOf(runner, fn, timeMs) !== undefined
  }

  enter(): number {
    return ++this.entered
  }

  turn(place: Place, pause: Pause, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error)
      const end = (asks: boolean): void => {
        callOffEnd()
        signal.removeEventListener('abort', onAbort)
        this.leave(one, asks)
      }
      const onAbort = (): void => {
        end(false)
        reject(signal.reason as Error)
      }
      const callOffEnd = this.timers.after(pause.leftMs, () => {
        const asks = !this.isAskedFor(place)
        end(asks)
        resolve(asks)
      })
      const ask = (): void => {
        end(true)
        resolve(true)
      }
      const one: Waiting = { place, ms: pause.ms, ask }
      signal.addEventListener('abort', onAbort, { once: true })
      this.join(one)
    })
  }

  freed(runner: PeerId, places: number): void {
    const first: Waiting[] = []
    for (const one of this.line) {
      if (first.length >= places) break
      if (!one.place.hopeless.has(runner)) first.push(one)
    }
    for (const one of first) one.ask()
  }

  says(runner: PeerId, free: number): void {
    const before = this.free.get(runner) ?? 0
    if (free === 0) this.free.delete(runner)
    else this.free.set(runner, free)
    if (free > before) this.freed(runner, free - before)
  }

  private join(one: Waiting): void {
    const younger = this.line.findIndex((other) => other.place.number > one.place.number)
    this.line.splice(younger < 0 ? this.line.length : younger, 0, one)
    this.wait(one)
  }

  /** Whoever is the first of its function then has its own time to ask; or that of the one before, where that has not asked. */
  private leave(one: Waiting, asks: boolean): void {
    this.line.splice(this.line.indexOf(one), 1)
    let { pause } = one
    if (asks) {
      pause?.callOff()
      pause = undefined
    }
    for (const runner of one.place.full) {
      let spokenForMs = 0
      for (const next of this.line) {
        const { fn, full, timeMs } = next.place
        if (timeMs <= spokenForMs || fn !== one.place.fn || !full.has(runner)) continue
        spokenForMs = SPOKEN_FOR_TIMES * timeMs
        if (this.wait(next, pause)) pause = undefined
      }
    }
    pause?.callOff()
  }

  /** Until it is its time to ask, where it is the first and has none yet. Whether the time given was of use. */
  private wait(one: Waiting, given?: Running): boolean {
    if (one.pause !== undefined || this.isBehind(one)) return false
    const pause = given ?? this.begin(one.ms)
    pause.of = one
    one.pause = pause
    return given !== undefined
  }

  private begin(ms: number): Running {
    const pause: Running = {
      callOff: this.timers.after(ms, () => {
        const { of } = pause
        if (of === undefined) return
        delete of.pause
        // Who asked in vain meanwhile is back in front of it.
        if (!this.isBehind(of)) of.ask()
      }),
    }
    return pause
  }

  /** Somebody of its function who came before waits for one of the same runners. */
  private isBehind({ place }: Waiting): boolean {
    for (const runner of place.full) {
      if (this.speakerOf(runner, place.fn, place.timeMs)?.place !== place) return true
    }
    return false
  }

  /** Others of its function wait for all that it waits for. */
  private isAskedFor(place: Place): boolean {
    const { full, fn } = place
    const others = this.line.filter((one) => one.place !== place && one.place.fn === fn)
    return full.size > 0 && [...full].every((runner) => others.some((one) => one.place.full.has(runner)))
  }

  /** Who asks a runner for one that has so much time left. */
  private speakerOf(runner: PeerId, fn: string, timeMs: number): Waiting | undefined {
    return this.line.find(
      ({ place }) => place.fn === fn && SPOKEN_FOR_TIMES * place.timeMs >= timeMs && place.full.has(runner),
    )
  }
}

interface Waiting {
  readonly place: Place
  readonly ms: number
  readonly ask: () => void
  /** After which it will ask. */
  pause?: Running
}

interface Running {
  callOff: () => void
  of?: Waiting
}
