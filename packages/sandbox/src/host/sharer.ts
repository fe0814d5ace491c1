import { mostOf } from './shares.ts'

/**
 * One of those who share: everybody, a group of publishers, a publisher, a caller. What the one above gets is shared out among those
 * below it by weight: whoever had the least of its due is next.
 */
export class Sharer<Item> {
  readonly key: string
  readonly parent: Sharer<Item> | undefined
  private readonly children: Map<string, Sharer<Item>> = new Map()
  /** Those of them for whom something waits. */
  private readonly wanting = new Set<Sharer<Item>>()
  /** What waits, in the order in which it came. Only those at the bottom have any. */
  readonly line: Item[] = []
  weight = 1
  /** Items of its own and below. */
  waiting = 0
  running = 0
  /** The cost of what it had, by its weight. */
  had = 0
  /** What the one below that was served last had had by then: whoever comes anew starts from there, with no claim on the past. */
  private reached = 0
  /** The spell of waiting that `had` is of. */
  private spell = 0

  constructor(key: string, parent?: Sharer<Item>) {
    this.key = key
    this.parent = parent
  }

  get idle(): boolean {
    return this.waiting === 0 && this.running === 0
  }

  /** One below, where it was there before. */
  known(key: string): Sharer<Item> | undefined {
    return this.children.get(key)
  }

  child(key: string): Sharer<Item> {
    const known = this.known(key)
    if (known !== undefined) return known
    const child = new Sharer<Item>(key, this)
    this.children.set(key, child)
    return child
  }

  /** It leaves the others, and is new when it comes again. */
  forget(): void {
    this.parent?.children.delete(this.key)
  }

  /** `spell` is another one each time that nothing waited anywhere: then nobody owes anybody anything. */
  count(waiting: number, running: number, spell: number): void {
    const wanted = this.waiting > 0
    this.waiting += waiting
    this.running += running
    if (this.parent === undefined || wanted === this.waiting > 0) return
    if (wanted) this.parent.wanting.delete(this)
    else {
      this.parent.wanting.add(this)
      this.had = Math.max(this.spell === spell ? this.had : 0, this.parent.reached)
      this.spell = spell
    }
  }

  /** It is served at this cost. */
  serve(cost: number): void {
    if (this.parent !== undefined) this.parent.reached = Math.max(this.parent.reached, this.had)
    this.charge(cost)
  }

  /** It had so much more than was thought, or less. */
  charge(cost: number): void {
    this.had += cost / this.weight
  }

  /** From the group to this one. */
  lineage(): Sharer<Item>[] {
    return this.parent === undefined ? [] : [...this.parent.lineage(), this]
  }

  /** May one more of it run, where all may have so many places? */
  hasPlace(places: number): boolean {
    return this.running < this.placesOf(places)
  }

  /** How many it may have at most, none where one above it has all of its own. */
  private placesOf(places: number): number {
    if (this.parent === undefined) return places
    const above = this.parent.placesOf(places)
    return this.parent.running >= above ? 0 : mostOf(above - (this.parent.running - this.running))
  }

  /** All that waits here and below. */
  each(visit: (item: Item) => void): void {
    for (const item of this.line) visit(item)
    for (const child of this.wanting) child.each(visit)
  }

  /** The first item, in fair order, that `pick` has an answer for, where this one may have so many places in all. */
  find<T>(places: number, pick: (item: Item) => T | undefined): { item: Item; picked: T } | undefined {
    if (this.waiting === 0 || this.running >= places) return undefined
    for (const item of this.line) {
      const picked = pick(item)
      if (picked !== undefined) return { item, picked }
    }
    for (const child of this.inTurn()) {
      const found = child.find(mostOf(places - (this.running - child.running)), pick)
      if (found !== undefined) return found
    }
    return undefined
  }

  /** Whose line is the longest by weight; of several the favourite, if it is one of them. */
  longest(favourite: Sharer<Item> | undefined): Sharer<Item> | undefined {
    let longest = favourite?.parent === this ? favourite : undefined
    for (const child of this.wanting) {
      if (longest === undefined || child.waiting / child.weight > longest.waiting / longest.weight) longest = child
    }
    return longest
  }

  private inTurn(): Iterable<Sharer<Item>> {
    return this.wanting.size < 2
      ? this.wanting
      : [...this.wanting].sort((a, b) => a.had - b.had || a.running - b.running)
  }
}
