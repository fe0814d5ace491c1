import { HitherError, type BlocksUsage } from '@hither/core'

/** Which blocks are held, how large they are, and in which order they were last used. It holds no bytes itself. */
export class BlockIndex {
  private capBytes: number
  /** Key to size, least recently used first. */
  private readonly cached = new Map<string, number>()
  private readonly pinned = new Map<string, number>()
  private cachedBytes = 0
  private pinnedBytes = 0

  constructor(capBytes: number) {
    this.capBytes = capBytes
  }

  has(key: string): boolean {
    return this.pinned.has(key) || this.cached.has(key)
  }

  isIn(key: string, tree: 'cached' | 'pinned'): boolean {
    return this[tree].has(key)
  }

  /** Notes a block as the one used last. What is pinned stays pinned. */
  add(key: string, bytes: number, pin: boolean): void {
    const pinned = pin || this.pinned.has(key)
    this.remove(key)
    if (pinned) {
      this.pinned.set(key, bytes)
      this.pinnedBytes += bytes
    } else {
      this.cached.set(key, bytes)
      this.cachedBytes += bytes
    }
  }

  pins(): string[] {
    return [...this.pinned.keys()]
  }

  unpin(key: string): void {
    const bytes = this.pinned.get(key)
    if (bytes === undefined) return
    this.remove(key)
    this.add(key, bytes, false)
  }

  /** Notes a block as the one used last, if it is held. */
  touch(key: string): void {
    const bytes = this.cached.get(key)
    if (bytes !== undefined) this.add(key, bytes, false)
  }

  remove(key: string): void {
    this.cachedBytes -= this.cached.get(key) ?? 0
    this.cached.delete(key)
    this.pinnedBytes -= this.pinned.get(key) ?? 0
    this.pinned.delete(key)
  }

  /**
   * Forgets the least recently used blocks until one of this size fits, and returns which. Throws `store-full`, and then
   * forgets none.
   */
  makeRoom(bytes: number): string[] {
    if (this.pinnedBytes + bytes > this.capBytes) throw this.full(bytes)
    return this.evict(bytes)
  }

  /** From now on at most so many bytes: forgets what goes for that, and returns which. */
  limit(capBytes: number): string[] {
    this.capBytes = capBytes
    return this.evict(0)
  }

  private evict(bytes: number): string[] {
    const evicted: string[] = []
    for (const key of this.cached.keys()) {
      if (this.pinnedBytes + this.cachedBytes + bytes <= this.capBytes) break
      this.remove(key)
      evicted.push(key)
    }
    return evicted
  }

  usage(): BlocksUsage {
    return {
      bytes: this.cachedBytes + this.pinnedBytes,
      capBytes: this.capBytes,
      count: this.cached.size + this.pinned.size,
    }
  }

  private full(bytes: number): HitherError {
    return new HitherError('store-full', `the store has no room for a block of ${bytes} bytes`, {
      why: `${this.pinnedBytes} of its ${this.capBytes} bytes are pinned, which are never evicted`,
      fix: 'remove names that are no longer needed (fn remove), or lend more disk: fn volunteer set disk=2GB',
    })
  }
}
