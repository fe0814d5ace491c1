import {
  decodeNews,
  encodeNews,
  isWorthTelling,
  type Clock,
  type Coordinate,
  type News,
  type RunnerState,
  type Services,
} from '@hither/core'
import { PLACE_JUMPED_MS, PLACE_MOVED_MS, PLACE_SURER, PLACE_TOLD_MS, WARM_TOLD_MS } from '../../limits/news.ts'

/**
 * What this peer says of itself on one call stream. The stream loses nothing, so what was said once is known over there, and only
 * what changed is said again.
 */
export interface Teller {
  /** `exactly`: all that is new; else what somebody would decide otherwise for. Empty where that is nothing. */
  news(exactly?: 'exactly'): Uint8Array
}

export interface TellerInit {
  services: Pick<Services, 'state' | 'coordinate'>
  now: Clock
}

export function teller(init: TellerInit): Teller {
  return new StreamTeller(init)
}

class StreamTeller implements Teller {
  private readonly init: TellerInit
  /** As it is known over there. */
  private place: Coordinate | undefined
  private state: RunnerState | undefined
  private placeAt = -Infinity
  private warmAt = -Infinity

  constructor(init: TellerInit) {
    this.init = init
  }

  news(exactly?: 'exactly'): Uint8Array {
    const { services, now } = this.init
    const at = now()
    const news: News = { place: this.placeNow(at), state: this.stateNow(services.state(), at, exactly !== undefined) }
    const bytes = encodeNews(news, this.state)
    if (bytes.length === 0) return bytes
    // What the other side makes of it: rounded, and in its own order.
    const known = decodeNews(bytes, this.state)
    if (known.place !== undefined) this.placeAt = at
    this.place = known.place ?? this.place
    this.state = known.state ?? this.state
    return bytes
  }

  private placeNow(at: number): Coordinate | undefined {
    const here = this.init.services.coordinate?.()
    if (here === undefined || this.place === undefined) return here
    const moved = movedMs(this.place, here)
    if (moved >= PLACE_JUMPED_MS) return here
    const differs = moved >= PLACE_MOVED_MS || Math.abs(here.error - this.place.error) >= PLACE_SURER
    return differs && at - this.placeAt >= PLACE_TOLD_MS ? here : undefined
  }

  private stateNow(state: RunnerState | undefined, at: number, exactly: boolean): RunnerState | undefined {
    if (state === undefined || this.state === undefined) {
      this.warmAt = at
      return state
    }
    // Which functions are warm is the longest part of it, and who calls one learns that anyway.
    const warmToo = at - this.warmAt >= WARM_TOLD_MS
    if (!exactly && !warmToo && !isWorthTelling(this.state, state)) return undefined
    if (!warmToo) return { ...state, warm: this.state.warm }
    this.warmAt = at
    return state
  }
}

function movedMs(from: Coordinate, to: Coordinate): number {
  const ways = to.at.map((ms, i) => ms - (from.at[i] ?? 0))
  return Math.hypot(...ways) + Math.abs(to.heightMs - from.heightMs)
}

/** What a peer says of itself, as it is known here by what came on one call stream. */
export interface Said {
  readonly place: Coordinate | undefined
  readonly state: RunnerState | undefined
  /** Throws `bad-message`. Nothing at all says that all is as it was. */
  news(payload: Uint8Array): void
}

export function said(): Said {
  let place: Coordinate | undefined
  let state: RunnerState | undefined
  return {
    get place() {
      return place
    },
    get state() {
      return state
    },
    news(payload) {
      if (payload.length === 0) return
      const known = decodeNews(payload, state)
      place = known.place ?? place
      state = known.state ?? state
    },
  }
}
