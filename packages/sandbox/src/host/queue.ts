/** A line per cordon, served in turn, so that one busy publisher delays others by one call at most. */
export class FairQueue<Item extends { readonly cordon: string }> {
  /** In the order in which the cordons are served next. */
  private readonly lines = new Map<string, Item[]>()
  /** In the order in which they came. */
  private readonly numbers = new WeakMap<Item, number>()
  private lastNumber = 0
  private count = 0

  get length(): number {
    return this.count
  }

  push(item: Item): void {
    const line = this.lines.get(item.cordon)
    if (line === undefined) this.lines.set(item.cordon, [item])
    else line.push(item)
    this.lastNumber += 1
    this.numbers.set(item, this.lastNumber)
    this.count += 1
  }

  /** Back to where it was in its line: it was taken, and nothing came of it. */
  giveBack(item: Item): void {
    const line = this.lines.get(item.cordon) ?? []
    const younger = line.findIndex((other) => this.numberOf(other) > this.numberOf(item))
    line.splice(younger < 0 ? line.length : younger, 0, item)
    this.lines.set(item.cordon, line)
    this.count += 1
  }

  /**
   * Takes the first item, in fair order, for which `pick` has an answer; an item without one is passed by its followers.
   * Cordons that have less come first.
   */
  take<T>(
    pick: (item: Item) => T | undefined,
    has: (cordon: string) => number = () => 0,
  ): { item: Item; picked: T } | undefined {
    const fair = [...this.lines].sort(([a], [b]) => has(a) - has(b))
    for (const [cordon, line] of fair) {
      for (const item of line) {
        const picked = pick(item)
        if (picked === undefined) continue
        this.remove(item)
        this.moveBack(cordon)
        return { item, picked }
      }
    }
    return undefined
  }

  /** False where it is not here. */
  remove(item: Item): boolean {
    const line = this.lines.get(item.cordon)
    const index = line?.indexOf(item) ?? -1
    if (line === undefined || index < 0) return false
    line.splice(index, 1)
    if (line.length === 0) this.lines.delete(item.cordon)
    this.count -= 1
    return true
  }

  /** Who has to go when the queue is full: the newest of the longest line, which a newcomer's own is if none is longer. */
  surplus(newcomer: Item): Item {
    let longest = this.lines.get(newcomer.cordon) ?? []
    for (const line of this.lines.values()) if (line.length > longest.length) longest = line
    return longest.at(-1) ?? newcomer
  }

  matching(matches: (item: Item) => boolean): Item[] {
    return [...this.lines.values()].flatMap((line) => line.filter(matches))
  }

  /** Empties it. */
  clear(): Item[] {
    const items = [...this.lines.values()].flat()
    this.lines.clear()
    this.count = 0
    return items
  }

  private numberOf(item: Item): number {
    return this.numbers.get(item) ?? 0
  }

  private moveBack(cordon: string): void {
    const line = this.lines.get(cordon)
    if (line === undefined) return
    this.lines.delete(cordon)
    this.lines.set(cordon, line)
  }
}
