/**
 * What was made of the keys that were asked for last, for those that are asked for again and again. Where there is no more room all of it
 * goes, so that to look costs no more than in a `Map`: what is still asked for is soon back.
 */
export class Recent<K, V> {
  readonly #max: number
  readonly #made = new Map<K, V>()

  constructor(max: number) {
    this.#max = max
  }

  get(key: K): V | undefined {
    return this.#made.get(key)
  }

  set(key: K, value: V): V {
    if (this.#made.size >= this.#max) this.#made.clear()
    this.#made.set(key, value)
    return value
  }

  clear(): void {
    this.#made.clear()
  }
}
