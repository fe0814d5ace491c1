import { HitherError } from '@hither/core'
import { REMEMBERED_MAX } from './limits.ts'
import { Sharer } from './sharer.ts'

/** What a queue keeps of an item, from when it comes until it is done. */
export interface Seat<Item> {
  number: number
  /** Whose line it is in, or was. */
  at: Sharer<Item>
  /** It was taken. */
  out: boolean
  charged: number
}

/** Something that waits for a place. */
export interface Waiting<Item> {
  /** Who shares what with whom, from the top: a group, its publisher where there are several, a caller. */
  readonly path: readonly string[]
  /** The group's. */
  readonly weight: number
  /** The queue's own: an item is in one queue at a time. */
  seat?: Seat<Item> | undefined
}

export interface FairQueueInit<Item> {
  /** Items that may be out at once: taken and not done. */
  places: number
  /** What it is expected to take, in any unit, above 0. */
  costOf(item: Item): number
}

/**
 * What waits, served so that groups get what they want by weight, and callers within each as much as one another: whoever floods
 * waits for itself. Of the places nobody may have all, so that who comes next finds one.
 */
export class FairQueue<Item extends Waiting<Item>> {
  private readonly init: FairQueueInit<Item>
  private readonly all = new Sharer<Item>('')
  /** Those who want nothing now, the first to leave first: while others wait, leaving is no way to be new again. */
  private readonly idle = new Set<Sharer<Item>>()
  private lastNumber = 0
  private spell = 0

  constructor(init: FairQueueInit<Item>) {
    this.init = init
  }

  get length(): number {
    return this.all.waiting
  }

  /** Items that were taken and are not done. */
  get running(): number {
    return this.all.running
  }

  /** Takes an item that has just come, where nothing waits, there is a place for it, and `pick` has an answer. Else it is to be pushed. */
  enter<T>(item: Item, pick: (item: Item) => T | undefined): T | undefined {
    if (this.all.waiting > 0) return undefined
    const at = this.sharerOf(item)
    if (!at.hasPlace(this.init.places)) return undefined
    const picked = pick(item)
    if (picked === undefined) return undefined
    item.seat = { number: this.next(), at, out: true, charged: this.init.costOf(item) }
    this.count(at, 0, 1)
    return picked
  }

  push(item: Item): void {
    const at = this.sharerOf(item)
    item.seat = { number: this.next(), at, out: false, charged: 0 }
    at.line.push(item)
    this.count(at, 1, 0)
  }

  /** Takes the first item, in fair order, for which `pick` has an answer; an item without one is passed by its followers. */
  take<T>(pick: (item: Item) => T | undefined): { item: Item; picked: T } | undefined {
    const found = this.all.find(this.init.places, pick)
    if (found === undefined) return undefined
    const seat = seatOf(found.item)
    const { at } = seat
    at.line.splice(at.line.indexOf(found.item), 1)
    seat.out = true
    seat.charged = this.init.costOf(found.item)
    for (let sharer: Sharer<Item> | undefined = at; sharer?.parent !== undefined; sharer = sharer.parent)
      sharer.serve(seat.charged)
    this.count(at, -1, 1)
    return found
  }

  /** Back to where it was in its line: it was taken, and nothing came of it. */
  giveBack(item: Item): void {
    const { seat } = item
    if (seat === undefined) return
    const { line } = seat.at
    const younger = line.findIndex((other) => seatOf(other).number > seat.number)
    line.splice(younger < 0 ? line.length : younger, 0, item)
    seat.out = false
    this.count(seat.at, 1, -1)
    correct(seat, 0)
  }

  /** One that was taken leaves its place. What it took in the end is what it had. */
  done(item: Item, cost: number): void {
    const { seat } = item
    if (seat === undefined) return
    item.seat = undefined
    correct(seat, cost)
    this.count(seat.at, 0, -1)
  }

  /** Those whose items come by this path had so much more than the items themselves: that is no caller's, nor of whoever is forgotten. */
  charge(path: readonly string[], cost: number): void {
    let at: Sharer<Item> | undefined = this.all
    for (const key of path.slice(0, -1)) {
      at = at?.known(key)
      at?.charge(cost)
    }
  }

  waits(item: Item): boolean {
    return item.seat?.out === false
  }

  /** False where it does not wait here. */
  remove(item: Item): boolean {
    const { seat } = item
    if (seat === undefined || seat.out) return false
    const { line } = seat.at
    line.splice(line.indexOf(item), 1)
    item.seat = undefined
    this.count(seat.at, -1, 0)
    return true
  }

  /** Who has to go when the queue is full: the newest of whoever waits with most, which a newcomer's own is if none is longer. */
  surplus(newcomer: Item): Item {
    const own = newcomer.seat === undefined ? [] : newcomer.seat.at.lineage()
    let longest: Sharer<Item> | undefined = this.all
    for (let depth = 0; longest !== undefined && longest.line.length === 0; depth += 1) {
      longest = longest.longest(own[depth])
    }
    return longest?.line.at(-1) ?? newcomer
  }

  /** What waits of one who comes by this path, where nobody waits with more: one more of its own is `surplus` where the queue is full. */
  longest(path: readonly string[]): readonly Item[] | undefined {
    let own = this.all
    for (const key of path) {
      const child = own.known(key)
      if (child === undefined || own.longest(child) !== child) return undefined
      own = child
    }
    return own.line
  }

  /** Of what waits, what that gives for each together. */
  sum(of: (item: Item) => number): number {
    let sum = 0
    this.all.each((item) => {
      sum += of(item)
    })
    return sum
  }

  matching(matches: (item: Item) => boolean): Item[] {
    const found: Item[] = []
    this.all.each((item) => {
      if (matches(item)) found.push(item)
    })
    return found
  }

  /** Gives up all that waits. */
  clear(): Item[] {
    const items = this.matching(() => true)
    for (const item of items) this.remove(item)
    return items
  }

  private sharerOf({ path, weight }: Item): Sharer<Item> {
    let at = this.all
    for (const key of path) {
      const isGroup = at === this.all
      at = at.child(key)
      if (isGroup) at.weight = weight
    }
    return at
  }

  private next(): number {
    this.lastNumber += 1
    return this.lastNumber
  }

  private count(at: Sharer<Item>, waiting: number, running: number): void {
    if (this.all.waiting === 0) this.spell += 1
    for (let sharer: Sharer<Item> | undefined = at; sharer !== undefined; sharer = sharer.parent) {
      const wasIdle = sharer.idle
      sharer.count(waiting, running, this.spell)
      if (sharer === this.all || sharer.idle === wasIdle) continue
      if (wasIdle) this.idle.delete(sharer)
      else this.idle.add(sharer)
    }
    if (this.idle.size > REMEMBERED_MAX) this.forget()
  }

  private forget(): void {
    for (const oldest of this.idle) {
      if (this.idle.size <= REMEMBERED_MAX) return
      oldest.forget()
      this.idle.delete(oldest)
    }
  }
}

function seatOf<Item extends Waiting<Item>>({ seat }: Item): Seat<Item> {
  if (seat === undefined) throw new HitherError('internal', 'a line holds what the queue does not know')
  return seat
}

function correct<Item>(seat: Seat<Item>, cost: number): void {
  for (let sharer: Sharer<Item> | undefined = seat.at; sharer?.parent !== undefined; sharer = sharer.parent)
    sharer.charge(cost - seat.charged)
  seat.charged = cost
}
