/** After so many removals, and as many as there are members, a map begins anew: to copy the few that are there is next to nothing by then. */
const RENEWED_AFTER = 256

/**
 * A map for what comes and goes by the thousand, such as calls under way. A `Map` replaces its table each time that as many have gone as it
 * has room for, and V8 has the old table know the new one. As soon as one of them has grown old, all that follow it stay until the next full
 * collection, with whatever was in them when they were replaced: of calls under way, nearly all. This one leaves its `Map` behind in time.
 * Its loops leave out what goes meanwhile, as those of a `Map` do; what comes meanwhile they may see or not.
 */
export class PassingMap<K, V> {
  private map = new Map<K, V>()
  private removed = 0

  get size(): number {
    return this.map.size
  }

  get(key: K): V | undefined {
    return this.map.get(key)
  }

  has(key: K): boolean {
    return this.map.has(key)
  }

  set(key: K, value: V): void {
    if (this.removed > RENEWED_AFTER + this.map.size) {
      this.map = new Map(this.map)
      this.removed = 0
    }
    this.map.set(key, value)
  }

  delete(key: K): boolean {
    const was = this.map.delete(key)
    if (was) this.removed += 1
    return was
  }

  clear(): void {
    this.map = new Map()
    this.removed = 0
  }

  *[Symbol.iterator](): Generator<[K, V]> {
    for (const entry of this.map) if (this.map.has(entry[0])) yield entry
  }

  *values(): Generator<V> {
    for (const [, value] of this) yield value
  }

  *keys(): Generator<K> {
    for (const [key] of this) yield key
  }
}

/** The same as a set. */
export class PassingSet<T> {
  private readonly members = new PassingMap<T, true>()

  get size(): number {
    return this.members.size
  }

  add(member: T): void {
    this.members.set(member, true)
  }

  delete(member: T): boolean {
    return this.members.delete(member)
  }

  [Symbol.iterator](): Generator<T> {
    return this.members.keys()
  }
}
