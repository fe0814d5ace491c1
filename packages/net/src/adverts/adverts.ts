import type { Clock, Coordinate, LinkEvent, PeerId, Random, Services } from '@hither/core'
import type { PrivateKey } from '@libp2p/interface'
import { reasonOf } from '../errors.ts'
import {
  ADVERT_FRESH_MS,
  ADVERT_RENEW_MS,
  ADVERTS_ASK_MS,
  ADVERTS_ASK_RARELY_MS,
  ADVERTS_TELL_MS,
  EVIDENCE_PER_FRAME,
} from '../limits/adverts.ts'
import { OPENING_PINGS } from '../limits/heartbeat.ts'
import { readAdvert, signAdvert, type SignedAdvert } from './advert.ts'
import { board, type Board } from './board.ts'
import { filterOf, mayHold } from './filter.ts'
import { decodeAdverts, encodeAdverts } from './frames.ts'
import { scopeOf, within } from './scope.ts'

export interface AdvertsInit {
  self: PeerId
  key: PrivateKey
  now: Clock
  /** This machine's clock, ms since 1970. */
  date: Clock
  random: Random
  linked(peer: PeerId): boolean
  links(): PeerId[]
  /** Where this peer can be dialled. */
  addresses(): string[]
  /** Somebody without a link is known better now. */
  emit(event: LinkEvent): void
  /** Some of those heard of are worth a link. */
  want(peer: PeerId, addresses: string[]): void
  log: (text: string) => void
}

/**
 * What is told of runners to those who have no link to them. Whoever wants to hear asks in a ping; so everybody hears at a rate
 * of its own choice, and a network that is no larger than one's links costs next to nothing.
 */
export interface Adverts {
  /** What this peer says of itself comes from there. */
  start(services: Services): void
  /** Whether to ask a peer with its link's ping of this number: if so, with whom one need not be told of. */
  asks(peer: PeerId, ping: number): Uint8Array | undefined
  /** The answer to one that asked so, and is at this place. Undefined: nothing. */
  answer(to: PeerId, place: Coordinate | undefined, knows: Uint8Array): Uint8Array | undefined
  /** An answer came from a peer that is connected from this address. Throws `bad-message`. */
  heard(from: PeerId, address: string, payload: Uint8Array): void
  /** Addresses with its id of a peer that was heard of; none where it was not. */
  addressesOf(peer: PeerId): string[]
  /** Nobody answers there. */
  failed(peer: PeerId): void
}

export function adverts(init: AdvertsInit): Adverts {
  return new HeardAdverts(init)
}

class HeardAdverts implements Adverts {
  private readonly init: AdvertsInit
  private readonly board: Board
  private services: Services | undefined
  private askNext = -Infinity
  private tellNext = -Infinity
  private renewNext = -Infinity
  /** Whose answers are waited for: what nobody asked for is not looked at. */
  private readonly awaited = new Set<PeerId>()

  constructor(init: AdvertsInit) {
    this.init = init
    this.board = board(init)
  }

  start(services: Services): void {
    this.services = services
    this.renew(this.init.now())
  }

  asks(peer: PeerId, ping: number): Uint8Array | undefined {
    const now = this.init.now()
    this.renew(now)
    // A new link may know what no other did; by the last of its first pings the other side has made its own advert.
    if (now < this.askNext && ping !== OPENING_PINGS) return undefined
    // Until an answer shows that there is something to hear.
    this.askNext = now + ADVERTS_ASK_RARELY_MS
    // Those that are gone answer no more.
    for (const one of this.awaited) if (!this.init.linked(one)) this.awaited.delete(one)
    this.awaited.add(peer)
    // Of those with a link only they themselves are asked, for what others will want to hear.
    const linked = this.init.links().filter((one) => one !== peer)
    return filterOf([...linked, ...this.board.since(ADVERT_FRESH_MS)], Math.floor(this.init.random() * 256))
  }

  answer(to: PeerId, place: Coordinate | undefined, knows: Uint8Array): Uint8Array | undefined {
    const now = this.init.now()
    this.renew(now)
    if (now < this.tellNext) return undefined
    const picked = this.board.pick(place, (peer) => peer === to || mayHold(knows, peer))
    const evidence = (this.services?.evidence?.() ?? []).slice(0, EVIDENCE_PER_FRAME)
    if (picked.length === 0 && evidence.length === 0) return undefined
    this.tellNext = now + ADVERTS_TELL_MS
    return encodeAdverts({ adverts: picked, evidence })
  }

  heard(from: PeerId, address: string, payload: Uint8Array): void {
    const heard = decodeAdverts(payload)
    if (!this.awaited.delete(from)) return
    for (const evidence of heard.evidence) this.init.emit({ type: 'evidence', by: from, ...evidence })
    for (const { bytes, signature, ageMs } of heard.adverts) {
      readAdvert(bytes, signature).then(
        (signed) => this.take(signed, address, ageMs),
        (thrown: unknown) => this.init.log(`an advert was passed on that says nothing: ${reasonOf(thrown)}`),
      )
    }
  }

  addressesOf(peer: PeerId): string[] {
    return this.board.get(peer)?.advert.addresses.map((address) => `${address}/p2p/${peer}`) ?? []
  }

  failed(peer: PeerId): void {
    this.board.drop(peer)
  }

  private take(signed: SignedAdvert, from: string, ageMs: number): void {
    const { peer, place, state } = signed.advert
    const { init } = this
    const addresses = within(signed.advert.addresses, from)
    if (peer === init.self || addresses.length === 0) return
    const partial = addresses.length < signed.advert.addresses.length
    if (!this.board.hold({ ...signed, advert: { ...signed.advert, addresses }, partial }, ageMs)) return
    // A link says all of that better.
    if (init.linked(peer)) return
    init.emit({ type: 'advert', peer, coordinate: place, state, ageMs })
    for (const wanted of this.services?.wants?.() ?? []) {
      const held = init.linked(wanted) ? undefined : this.board.get(wanted)
      if (held === undefined) continue
      // As long as others are better than those that one has, it pays to ask on.
      this.askNext = Math.min(this.askNext, init.now() + ADVERTS_ASK_MS)
      init.want(wanted, held.advert.addresses)
    }
  }

  /** Puts this peer itself on the board, so that it is told of like others. */
  private renew(now: number): void {
    if (now < this.renewNext) return
    const state = this.services?.state()
    const place = this.services?.coordinate?.()
    const addresses = this.init
      .addresses()
      .map((address) => address.replace(/\/p2p\/.+$/, ''))
      .filter((address) => scopeOf(address) !== undefined)
    if (state === undefined || place === undefined || addresses.length === 0) return this.board.drop(this.init.self)
    this.renewNext = now + ADVERT_RENEW_MS
    signAdvert({ time: this.init.date(), addresses, place, state }, this.init.key).then(
      (signed) => void this.board.hold(signed, 0),
      (thrown: unknown) => this.init.log(`no advert of this peer: ${reasonOf(thrown)}`),
    )
  }
}
