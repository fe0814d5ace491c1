import type { Ticket } from './ticket.ts'

/** A bound that an owner set and that one call more would break. */
export interface Excess {
  cap: 'calls' | 'callerCalls' | 'functions'
  limit: number
}

/** How many calls are here, waiting or running, by whose they are: what an owner's caps are held against. */
export class Caps {
  /** By cordon, the calls of each of its functions. */
  private readonly functions = new Map<string, Map<string, number>>()
  private readonly callers = new Map<string, number>()

  /** Undefined where the call breaks none. */
  excess({ cordon, key, job, share }: Ticket): Excess | undefined {
    const functions = this.functions.get(cordon) ?? new Map<string, number>()
    const calls = sum(functions.values())
    if (calls >= (share.calls ?? Infinity)) return { cap: 'calls', limit: share.calls ?? 0 }
    const callerCalls = this.callers.get(job.caller) ?? 0
    if (callerCalls >= (share.callerCalls ?? Infinity)) return { cap: 'callerCalls', limit: share.callerCalls ?? 0 }
    const isNew = !functions.has(key)
    if (isNew && functions.size >= (share.functions ?? Infinity))
      return { cap: 'functions', limit: share.functions ?? 0 }
    return undefined
  }

  enter(ticket: Ticket): void {
    this.count(ticket, 1)
  }

  leave(ticket: Ticket): void {
    this.count(ticket, -1)
  }

  private count({ cordon, key, job }: Ticket, step: 1 | -1): void {
    const functions = this.functions.get(cordon) ?? new Map<string, number>()
    this.functions.set(cordon, functions)
    add(functions, key, step)
    if (functions.size === 0) this.functions.delete(cordon)
    add(this.callers, job.caller, step)
  }
}

function add(counts: Map<string, number>, key: string, step: number): void {
  const count = (counts.get(key) ?? 0) + step
  if (count === 0) counts.delete(key)
  else counts.set(key, count)
}

function sum(counts: Iterable<number>): number {
  let total = 0
  for (const count of counts) total += count
  return total
}
