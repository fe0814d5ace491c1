import { HitherError } from '@hither/core'
import { REMEMBERED_MAX } from './limits.ts'
import { Sharer } from './sharer.ts'

/** Something that waits for a place. */
export interface Waiting {
  /** Who shares what with whom, from the top: a group, its publisher where there are several, a caller. */
  readonly path: readonly string[]
  /** The group's. */
  readonly weight: number
}

export interface FairQueueInit<Item> {
  /** Items that may be out at once: taken and not done. */
  places: number
  /** What it is expected to take, in any unit, above 0. */
  costOf(item: Item): number
}

interface Entry<Item> {
  number: number
  /** From the group to the caller. */
  sharers: Sharer<Item>[]
  charged: number
}

/**
 * What waits, served so that groups get what they want by weight, and callers within each as much as one another: whoever floods
 * waits for itself. Of the places nobody may have all, so that who comes next finds one.
 */
export class FairQueue<Item extends Waiting> {
  private readonly init: FairQueueInit<Item>
  private readonly all = new Sharer<Item>('')
  private readonly entries = new Map<Item, Entry<Item>>()
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

  push(item: Item): void {
    const sharers: Sharer<Item>[] = []
    for (const key of item.path) sharers.push((sharers.at(-1) ?? this.all).child(key))
    if (sharers[0] !== undefined) sharers[0].weight = item.weight
    this.lastNumber += 1
    const entry = { number: this.lastNumber, sharers, charged: 0 }
    this.entries.set(item, entry)
    lineOf(entry).push(item)
    this.count(entry, 1, 0)
  }

  /** Takes the first item, in fair order, for which `pick` has an answer; an item without one is passed by its followers. */
  take<T>(pick: (item: Item) => T | undefined): { item: Item; picked: T } | undefined {
    const found = this.all.find(this.init.places, pick)
    if (found === undefined) return undefined
    const entry = this.entryOf(found.item)
    const line = lineOf(entry)
    line.splice(line.indexOf(found.item), 1)
    entry.charged = this.init.costOf(found.item)
    for (const sharer of entry.sharers) sharer.serve(entry.charged)
    this.count(entry, -1, 1)
    return found
  }

  /** Back to where it was in its line: it was taken, and nothing came of it. */
  giveBack(item: Item): void {
    const entry = this.entries.get(item)
    if (entry === undefined) return
    const line = lineOf(entry)
    const younger = line.findIndex((other) => (this.entries.get(other)?.number ?? 0) > entry.number)
    line.splice(younger < 0 ? line.length : younger, 0, item)
    this.count(entry, 1, -1)
    this.correct(entry, 0)
  }

  /** One that was taken leaves its place. What it took in the end is what it had. */
  done(item: Item, cost: number): void {
    const entry = this.entries.get(item)
    if (entry === undefined) return
    this.entries.delete(item)
    this.correct(entry, cost)
    this.count(entry, 0, -1)
  }

  waits(item: Item): boolean {
    const entry = this.entries.get(item)
    return entry !== undefined && lineOf(entry).includes(item)
  }

  /** False where it does not wait here. */
  remove(item: Item): boolean {
    const entry = this.entries.get(item)
    const line = entry && lineOf(entry)
    const index = line?.indexOf(item) ?? -1
    if (entry === undefined || index < 0) return false
    line?.splice(index, 1)
    this.entries.delete(item)
    this.count(entry, -1, 0)
    return true
  }

  /** Who has to go when the queue is full: the newest of whoever waits with most, which a newcomer's own is if none is longer. */
  surplus(newcomer: Item): Item {
    const own = this.entries.get(newcomer)?.sharers ?? []
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

  private entryOf(item: Item): Entry<Item> {
    const entry = this.entries.get(item)
    if (entry === undefined) throw new HitherError('internal', 'a line holds what the queue does not know')
    return entry
  }

  private correct(entry: Entry<Item>, cost: number): void {
    for (const sharer of entry.sharers) sharer.charge(cost - entry.charged)
    entry.charged = cost
  }

  private count({ sharers }: Entry<Item>, waiting: number, running: number): void {
    if (this.all.waiting === 0) this.spell += 1
    this.all.count(waiting, running, this.spell)
    for (const sharer of sharers) {
      sharer.count(waiting, running, this.spell)
      this.idle.delete(sharer)
      if (sharer.idle) this.idle.add(sharer)
    }
    if (this.idle.size <= REMEMBERED_MAX) return
    for (const oldest of this.idle) {
      oldest.forget()
      this.idle.delete(oldest)
      if (this.idle.size <= REMEMBERED_MAX) return
    }
  }
}

/** Where it waits, or did. */
function lineOf<Item>({ sharers }: Entry<Item>): Item[] {
  return sharers.at(-1)?.line ?? []
}
