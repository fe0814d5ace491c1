import {
  cidOf,
  WARM_HINT_BYTES,
  warmHint,
  type CID,
  type PeerId,
  type Placement,
  type RouteQuery,
  type RunMetrics,
  type RunnerState,
} from '@hither/core'

export const CID_A: CID = await cidOf(new TextEncoder().encode('a'), 'dag-cbor')
export const CID_B: CID = await cidOf(new TextEncoder().encode('b'), 'dag-cbor')

/** An idle runner of four slots that takes anything. */
export function idle(state: Partial<RunnerState> = {}): RunnerState {
  return {
    accepting: true,
    slots: 4,
    busy: 0,
    queued: 0,
    priceMs: 0,
    admits: 'anyone',
    tier: 'process',
    grants: [],
    warm: new Uint8Array(0),
    ...state,
  }
}

export function warmWith(...cids: CID[]): Uint8Array {
  const hints = new Uint8Array(cids.length * WARM_HINT_BYTES)
  for (const [i, cid] of cids.entries()) hints.set(warmHint(cid), i * WARM_HINT_BYTES)
  return hints
}

export function metrics(parts: Partial<RunMetrics> = {}): RunMetrics {
  return { fetchMs: 0, queueMs: 0, startMs: 0, runMs: 20, cpuMs: 5, cold: false, ...parts }
}

export function query(parts: Partial<RouteQuery> = {}): RouteQuery {
  return { cid: CID_A, needs: [], tried: new Set(), ...parts }
}

/** A runner that is up and was measured often enough for its distance to be sure. */
export function meet(placement: Placement, peer: PeerId, rttMs: number, now = 0, state: RunnerState = idle()): void {
  placement.observe({ type: 'up', peer }, now)
  for (let i = 0; i < 30; i++) placement.observe({ type: 'rtt', peer, ms: rttMs }, now)
  placement.observe({ type: 'state', peer, state }, now)
}

/** Pseudo-random and the same in each run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
