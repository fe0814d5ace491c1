/** Puts an entry last in a map, and drops the first ones beyond `max`: with every use, least recently used go first. */
export function keep<K, V>(map: Map<K, V>, key: K, value: V, max: number): void {
  map.delete(key)
  map.set(key, value)
  for (const oldest of map.keys()) {
    if (map.size <= max) return
    map.delete(oldest)
  }
}
