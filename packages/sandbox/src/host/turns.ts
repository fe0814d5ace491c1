/** A load or a call that a process was sent and has not answered yet. */
export interface Turn<Owner> {
  kind: 'load' | 'call'
  id: number
  /** The function's number. */
  fn: number
  /** The call; for a load, the one that it is for. */
  owner: Owner
  /** When the process no longer begins it, on the machine's clock. */
  startBy: number
}

/** Who has the thread, and since when. */
export interface Held<Owner> {
  /** Undefined where a pending call of the function took the thread back: which one is not known. */
  turn: Turn<Owner> | undefined
  fn: number
  sinceMs: number
  /** Differs from turn to turn. */
  serial: number
}

/** Keeps count of whose turns are unanswered. */
export interface Tally<Owner> {
  add(owner: Owner): void
  remove(owner: Owner): void
}

/**
 * Who has the thread of one process, as far as its answers tell (see `ipc/frames.ts`): the oldest turn that is
 * unanswered, unless a pending call resumed.
 */
export class Turns<Owner> {
  private readonly tally: Tally<Owner> | undefined
  private readonly waiting: Turn<Owner>[] = []
  private sinceMs = 0
  private serial = 0
  private resumedFn: number | undefined
  private readonly took = new Set<number>()

  constructor(tally?: Tally<Owner>) {
    this.tally = tally
  }

  /** What was sent and not answered, oldest first. */
  get unanswered(): readonly Turn<Owner>[] {
    return this.waiting
  }

  /** Nobody has it, and nothing was sent that is not answered. */
  get free(): boolean {
    return this.resumedFn === undefined && this.waiting.length === 0
  }

  /** The function that has it without having been sent anything. */
  get resumed(): number | undefined {
    return this.resumedFn
  }

  get held(): Held<Owner> | undefined {
    const { sinceMs, serial } = this
    if (this.resumedFn !== undefined) return { turn: undefined, fn: this.resumedFn, sinceMs, serial }
    const turn = this.waiting[0]
    return turn === undefined ? undefined : { turn, fn: turn.fn, sinceMs, serial }
  }

  sent(turn: Turn<Owner>, now: number): void {
    this.waiting.push(turn)
    this.tally?.add(turn.owner)
    if (this.waiting.length === 1 && this.resumedFn === undefined) this.next(now)
  }

  /** What will not begin any more, since it was late when another turn, at that time, had the thread. */
  overdue(sharedNow: number): Turn<Owner>[] {
    const first = this.resumedFn === undefined ? this.waiting[0] : undefined
    return this.waiting.filter((turn) => turn !== first && turn.startBy < sharedNow)
  }

  /** Is the first answer to this call still to come? */
  awaits(callId: number): boolean {
    for (const { kind, id } of this.waiting) if (kind === 'call' && id === callId) return true
    return false
  }

  /** Has this call had the thread, or does it have it now? Before that it has nothing to say. */
  ran(callId: number): boolean {
    const [first] = this.waiting
    const isFirst = first?.kind === 'call' && first.id === callId && this.resumedFn === undefined
    return isFirst || !this.awaits(callId)
  }

  /** The process answered: that turn is over. False where it answers what it was not asked, or not in order. */
  answered(kind: Turn<Owner>['kind'], id: number, now: number): boolean {
    const first = this.waiting[0]
    if (first === undefined || first.kind !== kind || first.id !== id) return false
    this.waiting.shift()
    this.tally?.remove(first.owner)
    this.next(now)
    return true
  }

  /** What was sent for somebody who might come is for this one, who came. */
  adopt(fn: number, owner: Owner): void {
    for (const turn of this.waiting) {
      if (turn.fn !== fn) continue
      this.tally?.remove(turn.owner)
      this.tally?.add(owner)
      turn.owner = owner
    }
  }

  resume(fn: number, now: number): void {
    this.resumedFn = fn
    this.next(now)
  }

  yield(now: number): void {
    this.resumedFn = undefined
    this.next(now)
  }

  /** Has this call begun, as far as one must fear? A load counts: a bundle may do anything while it is evaluated. */
  begun(owner: Owner): boolean {
    const index = this.waiting.findIndex((turn) => turn.owner === owner)
    return index < 0 || (index === 0 && this.resumedFn === undefined)
  }

  /** The functions that had the thread since the last question. */
  takeHolders(): Set<number> {
    const holders = new Set(this.took)
    this.took.clear()
    this.note()
    return holders
  }

  private next(now: number): void {
    this.sinceMs = now
    this.serial += 1
    this.note()
  }

  private note(): void {
    const fn = this.resumedFn ?? this.waiting[0]?.fn
    if (fn !== undefined) this.took.add(fn)
  }
}
