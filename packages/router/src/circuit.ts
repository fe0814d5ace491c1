import { CIRCUIT_FAILURES, CIRCUIT_FIRST_MS, CIRCUIT_MAX_MS } from './limits/faults.ts'

/** Failures in a row of one function on one peer. The circuit is open until `openUntil`; past it one probe may pass. */
export interface Circuit {
  failures: number
  openUntil: number
  /** How often it opened without an answer in between. */
  trips: number
}

/** Failures of calls that were under way when the circuit opened do not lengthen the pause. */
export function recordFailure(before: Circuit | undefined, now: number): Circuit {
  const { failures, openUntil, trips } = before ?? { failures: 0, openUntil: 0, trips: 0 }
  const opens = failures + 1 >= CIRCUIT_FAILURES && now >= openUntil
  return {
    failures: failures + 1,
    trips: opens ? trips + 1 : trips,
    openUntil: opens ? now + Math.min(CIRCUIT_MAX_MS, CIRCUIT_FIRST_MS * 2 ** trips) : openUntil,
  }
}

export type CircuitState = 'closed' | 'open' | 'probing'

/**
 * `silent`: own calls of the function under way on the peer whose answers have not begun; past the pause, one at a time is the probe. A
 * stream that flows is none: it may last for hours, and tries nothing.
 */
export function circuitState(circuit: Circuit | undefined, silent: number, now: number): CircuitState {
  if (circuit === undefined || circuit.trips === 0) return 'closed'
  if (now < circuit.openUntil) return 'open'
  return silent > 0 ? 'probing' : 'closed'
}
