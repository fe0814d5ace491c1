import type { Clock, Coordinate, PeerId, Random } from '@hither/core'
import { ADVERT_MAX_AGE_MS, ADVERTS_HELD_MAX, ADVERTS_PER_FRAME } from '../limits/adverts.ts'
import type { SignedAdvert } from './advert.ts'

/** The newest advert of each runner, for as long as it means something. */
export interface Board {
  /** False where this one, or a newer one, is here already; it then keeps its age. */
  hold(signed: SignedAdvert, ageMs: number): boolean
  get(peer: PeerId): Held | undefined
  drop(peer: PeerId): void
  /** Of whom there is word that is no older than this. */
  since(ageMs: number): PeerId[]
  /** A few for somebody at this place, who knows some: half of them the nearest to it, half by chance from all over. */
  pick(place: Coordinate | undefined, knows: (peer: PeerId) => boolean): Held[]
}

export interface Held extends SignedAdvert {
  ageMs: number
}

export interface BoardInit {
  now: Clock
  random: Random
}

export function board(init: BoardInit): Board {
  return new BoundedBoard(init)
}

class BoundedBoard implements Board {
  private readonly init: BoardInit
  /** Those that were replaced longest ago first. */
  private readonly held = new Map<PeerId, { signed: SignedAdvert; since: number }>()

  constructor(init: BoardInit) {
    this.init = init
  }

  hold(signed: SignedAdvert, ageMs: number): boolean {
    const { peer, time } = signed.advert
    if (ageMs >= ADVERT_MAX_AGE_MS) return false
    const known = this.held.get(peer)
    if (known !== undefined && known.signed.advert.time >= time) return false
    this.held.delete(peer)
    this.held.set(peer, { signed, since: this.init.now() - ageMs })
    const [oldest] = this.held.keys()
    if (this.held.size > ADVERTS_HELD_MAX && oldest !== undefined) this.held.delete(oldest)
    return true
  }

  get(peer: PeerId): Held | undefined {
    const known = this.held.get(peer)
    if (known === undefined) return undefined
    const ageMs = this.init.now() - known.since
    if (ageMs < ADVERT_MAX_AGE_MS) return { ...known.signed, ageMs }
    this.held.delete(peer)
    return undefined
  }

  drop(peer: PeerId): void {
    this.held.delete(peer)
  }

  since(ageMs: number): PeerId[] {
    return [...this.held.keys()].filter((peer) => (this.get(peer)?.ageMs ?? Infinity) <= ageMs)
  }

  pick(place: Coordinate | undefined, knows: (peer: PeerId) => boolean): Held[] {
    const fresh = [...this.held.keys()]
      .flatMap((peer) => (knows(peer) ? [] : (this.get(peer) ?? [])))
      .filter(({ partial }) => partial !== true)
    const distance = ({ advert }: Held): number => (place === undefined ? 0 : wayMs(place, advert.place))
    const near =
      place === undefined ? [] : fresh.toSorted((a, b) => distance(a) - distance(b)).slice(0, ADVERTS_PER_FRAME / 2)
    const others = fresh.filter((one) => !near.includes(one))
    const picked = [...near]
    while (picked.length < ADVERTS_PER_FRAME && others.length > 0) {
      picked.push(...others.splice(Math.floor(this.init.random() * others.length), 1))
    }
    return picked
  }
}

function wayMs(a: Coordinate, b: Coordinate): number {
  return Math.hypot(...a.at.map((ms, i) => ms - (b.at[i] ?? 0))) + a.heightMs + b.heightMs
}
