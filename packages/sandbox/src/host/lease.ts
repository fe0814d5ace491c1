import { sharedNow } from '../ipc/clock.ts'
import { LEASE_GROWTH, LEASE_MS, LEASES_MAX, LOAD_LEASE_MS } from './limits.ts'
import type { Ticket } from './ticket.ts'

/** Until when a process may begin something. */
export interface Lease {
  startBy?: number
}

export function leaseFor({ leases }: Pick<Ticket, 'leases'>): Lease {
  return leases >= LEASES_MAX ? {} : { startBy: sharedNow() + LEASE_MS * LEASE_GROWTH ** leases }
}

/** For a call that comes with its function. */
export function afterLoad({ startBy }: Lease): Lease {
  return startBy === undefined ? {} : { startBy: startBy + LOAD_LEASE_MS }
}
