import { sharedNow } from '../ipc/clock.ts'
import { LEASE_GROWTH, LEASE_MS, LEASES_MAX } from './limits.ts'
import type { Ticket } from './ticket.ts'

/**
 * Until when a process may begin something for this call, on the machine's clock: never after its caller was told that it
 * ran out of time. `extraMs` is what the lease is longer by.
 */
export function leaseFor({ leases, deadlineMs }: Pick<Ticket, 'leases' | 'deadlineMs'>, extraMs = 0): number {
  if (leases >= LEASES_MAX) return deadlineMs
  return Math.min(sharedNow() + LEASE_MS * LEASE_GROWTH ** leases + extraMs, deadlineMs)
}
