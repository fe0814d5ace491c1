/** Events by their time; those of one time in the order in which they came. Each is a kind and a number. */
export class EventHeap {
  private times = new Float64Array(1024)
  private orders = new Float64Array(1024)
  private kinds = new Uint8Array(1024)
  private subjects = new Int32Array(1024)
  private pushed = 0
  size = 0
  /** Of the event that `pop` took last. */
  at = 0
  kind = 0
  subject = 0

  /** When the next event is; never, without one. */
  next(): number {
    return this.size === 0 ? Infinity : (this.times[0] ?? Infinity)
  }

  push(at: number, kind: number, subject: number): void {
    if (this.size === this.times.length) this.grow()
    let place = this.size++
    const order = this.pushed++
    while (place > 0) {
      const parent = (place - 1) >> 2
      if (!this.later(parent, at, order)) break
      this.move(parent, place)
      place = parent
    }
    this.put(place, at, order, kind, subject)
  }

  pop(): void {
    this.at = this.times[0] ?? 0
    this.kind = this.kinds[0] ?? 0
    this.subject = this.subjects[0] ?? 0
    const last = --this.size
    if (last === 0) return
    const at = this.times[last] ?? 0
    const order = this.orders[last] ?? 0
    const kind = this.kinds[last] ?? 0
    const subject = this.subjects[last] ?? 0
    let place = 0
    for (;;) {
      const child = this.earliest(4 * place + 1)
      if (child === -1 || !this.earlier(child, at, order)) break
      this.move(child, place)
      place = child
    }
    this.put(place, at, order, kind, subject)
  }

  private earliest(first: number): number {
    if (first >= this.size) return -1
    let best = first
    for (let child = first + 1; child < first + 4 && child < this.size; child++) {
      if (this.earlier(child, this.times[best] ?? 0, this.orders[best] ?? 0)) best = child
    }
    return best
  }

  private earlier(place: number, at: number, order: number): boolean {
    const time = this.times[place] ?? 0
    return time < at || (time === at && (this.orders[place] ?? 0) < order)
  }

  private later(place: number, at: number, order: number): boolean {
    const time = this.times[place] ?? 0
    return time > at || (time === at && (this.orders[place] ?? 0) > order)
  }

  private move(from: number, to: number): void {
    this.put(to, this.times[from] ?? 0, this.orders[from] ?? 0, this.kinds[from] ?? 0, this.subjects[from] ?? 0)
  }

  private put(place: number, at: number, order: number, kind: number, subject: number): void {
    this.times[place] = at
    this.orders[place] = order
    this.kinds[place] = kind
    this.subjects[place] = subject
  }

  private grow(): void {
    const size = 2 * this.times.length
    const times = new Float64Array(size)
    times.set(this.times)
    this.times = times
    const orders = new Float64Array(size)
    orders.set(this.orders)
    this.orders = orders
    const kinds = new Uint8Array(size)
    kinds.set(this.kinds)
    this.kinds = kinds
    const subjects = new Int32Array(size)
    subjects.set(this.subjects)
    this.subjects = subjects
  }
}
