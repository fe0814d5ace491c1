import type { Ticket } from './ticket.ts'

/** A bound that an owner set and that one call more would break. */
export interface Excess {
  cap: 'calls' | 'callerCalls' | 'functions'
  limit: number
}

/** Of the caps of a newcomer's share, the one that it would break beside the others that wait or run; undefined where it breaks none. */
export function excess({ cordon, key, job, share }: Ticket, others: Iterable<Ticket>): Excess | undefined {
  const { calls = Infinity, callerCalls = Infinity, functions = Infinity } = share
  // Mostly there are none, and nothing need be counted.
  if (Math.min(calls, callerCalls, functions) === Infinity) return undefined
  let own = 0
  let callers = 0
  const keys = new Set<string>()
  for (const other of others) {
    if (other.job.caller === job.caller) callers += 1
    if (other.cordon !== cordon) continue
    own += 1
    keys.add(other.key)
  }
  if (own >= calls) return { cap: 'calls', limit: calls }
  if (callers >= callerCalls) return { cap: 'callerCalls', limit: callerCalls }
  return keys.size >= functions && !keys.has(key) ? { cap: 'functions', limit: functions } : undefined
}
