import type { Calls } from '../calls.ts'
import { Outcome } from '../engine/outcome.ts'
import { makeWarmth } from '../engine/warmth.ts'
import { SLOTS_MAX } from '../limits.ts'
import type { Schedule } from '../schedule/schedule.ts'
import { lives } from '../schedule/lives.ts'
import type { World } from '../world/world.ts'

/** What an oracle knows of a call's own run: this very one, or the mean of its function. */
export type Knows = 'draw' | 'mean'

/**
 * A greedy oracle in a world of its own: at once and for all it sees every way, every queue and what is warm, and it takes what will
 * have answered first. Its runners' queues have no end. It knows what will fail, too, and loses nothing.
 */
export function oracle(world: World, calls: Calls, schedule: Schedule, knows: Knows): Outcome {
  const { cities, peers, runners, functions, rtt } = world
  const outcome = new Outcome(calls.count)
  const warmth = makeWarmth(world)
  const life = lives(runners.count, schedule)
  // When each slot is free, and who is on the way: their arrivals and their times in a slot, first to arrive first.
  const freeAt = new Float64Array(runners.count * SLOTS_MAX)
  const inbound: { at: number; takesMs: number }[][] = Array.from({ length: runners.count }, () => [])
  const scratch = new Float64Array(SLOTS_MAX)
  const quickest = runners.speed.reduce((most, speed) => Math.max(most, speed), 0)

  const firstFree = (slots: Float64Array, from: number, count: number): number => {
    let best = from
    for (let slot = from + 1; slot < from + count; slot++) if ((slots[slot] ?? 0) < (slots[best] ?? 0)) best = slot
    return best
  }

  const occupy = (
    slots: Float64Array,
    from: number,
    count: number,
    { at, takesMs }: { at: number; takesMs: number },
  ): void => {
    const slot = firstFree(slots, from, count)
    slots[slot] = Math.max(slots[slot] ?? 0, at) + takesMs
  }

  /** Lets in who has arrived by now. */
  const settle = (runner: number, now: number): void => {
    const coming = inbound[runner] ?? []
    for (let next = coming[0]; next !== undefined && next.at <= now; next = coming[0]) {
      occupy(freeAt, runner * SLOTS_MAX, runners.slots[runner] ?? 1, next)
      coming.shift()
    }
  }

  /** When a call that arrives at a time would get a slot. */
  const slotAt = (runner: number, at: number): number => {
    const count = runners.slots[runner] ?? 1
    const base = runner * SLOTS_MAX
    const coming = inbound[runner] ?? []
    if (coming.length === 0 || (coming[0]?.at ?? 0) > at)
      return Math.max(at, freeAt[firstFree(freeAt, base, count)] ?? 0)
    for (let slot = 0; slot < count; slot++) scratch[slot] = freeAt[base + slot] ?? 0
    for (const one of coming) {
      if (one.at > at) break
      occupy(scratch, 0, count, one)
    }
    return Math.max(at, scratch[firstFree(scratch, 0, count)] ?? 0)
  }

  for (let call = 0; call < calls.count; call++) {
    const now = calls.at[call] ?? 0
    const caller = calls.caller[call] ?? 0
    const fn = calls.fn[call] ?? 0
    const work = calls.workMs[call] ?? 0
    const judged = knows === 'draw' ? work : (functions.meanMs[fn] ?? 0)
    const jitter = calls.jitter[call] ?? 1
    const here = peers.city[caller] ?? 0
    let best = -1
    let bestMs = Infinity
    for (const city of cities.order[here] ?? []) {
      const leastMs = (cities.baseMs[here * cities.count + city] ?? 0) * jitter
      // Cities come nearest first, so all that follow are farther.
      if (leastMs + judged / quickest >= bestMs) break
      for (const runner of runners.ofCity[city] ?? []) {
        const wayMs = rtt(caller, runners.peer[runner] ?? 0) * jitter
        const runMs = (judged / (runners.speed[runner] ?? 1)) * life.slower(runner, now)
        if (wayMs + runMs >= bestMs || !life.alive(runner, now)) continue
        settle(runner, now)
        const arrivesAt = now + wayMs / 2
        const beginsMs = slotAt(runner, arrivesAt) - arrivesAt
        const coldMs = warmth.fetchMs(runner, fn) + warmth.startMs(runner, fn)
        const ms = wayMs + beginsMs + coldMs + runMs
        if (ms < bestMs && life.alive(runner, now + ms)) {
          bestMs = ms
          best = runner
        }
      }
    }
    if (best === -1) {
      outcome.lost(call)
      continue
    }
    const wayMs = rtt(caller, runners.peer[best] ?? 0) * jitter
    const arrivesAt = now + wayMs / 2
    const beginsAt = slotAt(best, arrivesAt)
    const coldMs = warmth.fetchMs(best, fn) + warmth.startMs(best, fn)
    const runMs = (work / (runners.speed[best] ?? 1)) * life.slower(best, now)
    const takesMs = coldMs + runMs
    warmth.use(best, fn)
    const coming = inbound[best] ?? []
    const place = coming.findIndex(({ at }) => at > arrivesAt)
    coming.splice(place === -1 ? coming.length : place, 0, { at: arrivesAt, takesMs })
    outcome.sent(call, false)
    outcome.ran(call, takesMs)
    const queueMs = beginsAt - arrivesAt
    outcome.answered(call, wayMs + queueMs + takesMs, best, { wayMs, queueMs, coldMs, runMs })
  }
  return outcome
}
