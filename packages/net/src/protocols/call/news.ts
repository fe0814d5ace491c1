import {
  decodeNews,
  encodeNews,
  encodeState,
  stateChange,
  type Coordinate,
  type Frame,
  type RunnerState,
  type Services,
  type StateChange,
} from '@hither/core'
import { PLACE_MOVED_MS, PLACE_SURER } from '../../limits.ts'
import { FRAME, PING_SAYS } from './frames.ts'

const NOTHING = new Uint8Array(0)

/** What this peer says of itself on one call stream. The stream loses nothing, so what was said once is known over there. */
export interface Teller {
  /** A ping came: only some say that their caller takes news. Until then it is told everything each time. */
  pinged(payload: Uint8Array): void
  /** What has to be said before the next answer; nothing where nothing is new, or the caller takes no news. */
  news(): Frame[]
  /** What has to be said inside it: nothing where the caller takes news. */
  state(): RunnerState | undefined
  /** The same as the payload of a PONG. */
  inside(): Uint8Array
  /** What is said where nothing was asked. */
  unasked(): Frame[]
}

export function teller(services: Pick<Services, 'state' | 'coordinate'>): Teller {
  let place: Coordinate | undefined
  let told: RunnerState | undefined
  let takesNews = false
  const placeChange = (): Coordinate | undefined => {
    const here = services.coordinate?.()
    if (here === undefined || (place !== undefined && !hasMoved(place, here))) return undefined
    return (place = here)
  }
  const stateChanged = (): StateChange | undefined => {
    const now = services.state()
    if (now === undefined) return undefined
    const changed = stateChange(told, now)
    told = now
    return changed
  }
  const state = (): RunnerState | undefined => (takesNews ? undefined : services.state())
  const inside = (): Uint8Array => {
    const whole = state()
    return whole === undefined ? NOTHING : encodeState(whole)
  }
  const news = (): Frame[] => {
    if (!takesNews) return []
    const fresh = { place: placeChange(), state: stateChanged() }
    if (fresh.place === undefined && fresh.state === undefined) return []
    return [{ type: FRAME.NEWS, id: 0, payload: encodeNews(fresh) }]
  }
  return {
    pinged(payload) {
      takesNews = ((payload[0] ?? 0) & PING_SAYS.takesNews) !== 0
    },
    news,
    state,
    inside,
    unasked: () => (takesNews ? news() : [{ type: FRAME.STATE, id: 0, payload: inside() }]),
  }
}

/** Far enough to be worth telling. */
function hasMoved(from: Coordinate, to: Coordinate): boolean {
  const ways = to.at.map((ms, i) => ms - (from.at[i] ?? 0))
  const moved = Math.hypot(...ways) + Math.abs(to.heightMs - from.heightMs)
  return moved >= PLACE_MOVED_MS || Math.abs(to.error - from.error) >= PLACE_SURER
}

/** What a peer says of itself, as it is known here by what came on one call stream. */
export interface Said {
  readonly place: Coordinate | undefined
  readonly state: RunnerState | undefined
  /** Throws `bad-message`. */
  news(payload: Uint8Array): void
  /** What a peer says that tells no news. From one that does it is nothing: all of it came before, or nothing is new. */
  whole(state: RunnerState | undefined): void
}

export function said(): Said {
  let place: Coordinate | undefined
  let state: RunnerState | undefined
  let tellsNews = false
  return {
    get place() {
      return place
    },
    get state() {
      return state
    },
    news(payload) {
      const known = decodeNews(payload, state)
      tellsNews = true
      place = known.place ?? place
      state = known.state ?? state
    },
    whole(whole) {
      if (!tellsNews) state = whole
    },
  }
}
