import type { Random } from '@hither/core'
import { CLOSES_SHARE } from '../limits.ts'
import type { World } from '../world/world.ts'
import type { Happening } from './schedule.ts'

/** What a scenario lets happen. */
export type Event =
  /** All runners of a city leave at once, and stay away: the one that lends most, where none is named. */
  | { atSeconds: number; type: 'cityLeaves'; city?: number }
  /** From now on a share of all calls asks for one function that was cold everywhere. */
  | { atSeconds: number; type: 'functionGrowsHot'; share: number }
  /** A share of the runners takes so many times longer than before, and does not say so. */
  | { atSeconds: number; type: 'runnersTurnSlow'; share: number; factor: number }
  /** A share of all runners leaves at once, and stays away. */
  | { atSeconds: number; type: 'runnersLeave'; share: number }

/** What these events do to runners. Unsorted. */
export function happenings(world: World, events: readonly Event[], random: Random): Happening[] {
  const all = Array.from({ length: world.runners.count }, (_, runner) => runner)
  return events.flatMap((event): Happening[] => {
    const atMs = 1000 * event.atSeconds
    const leaves = (runner: number): Happening => ({ atMs, type: 'down', runner, closes: random() < CLOSES_SHARE })
    switch (event.type) {
      case 'cityLeaves':
        return [...(world.runners.ofCity[event.city ?? largest(world)] ?? [])].map(leaves)
      case 'runnersLeave':
        return all.filter(() => random() < event.share).map(leaves)
      case 'runnersTurnSlow':
        return all
          .filter(() => random() < event.share)
          .map((runner) => ({ atMs, type: 'slow', runner, factor: event.factor }))
      default:
        return []
    }
  })
}

function largest({ runners }: World): number {
  const lends = runners.ofCity.map((some) => some.reduce((sum, runner) => sum + (runners.slots[runner] ?? 0), 0))
  return lends.indexOf(Math.max(...lends))
}
