import type { Random } from '@hither/core'

/**
 * Lets the ways take turns, so that whatever else the machine does falls on all alike: every round runs each of them once, in an
 * order drawn anew. Gives what each way found, round by round.
 */
export async function interleaved<Name extends string, Found>(
  ways: Record<Name, () => Promise<Found>>,
  rounds: number,
  random: Random,
): Promise<Record<Name, Found[]>> {
  const names = Object.keys(ways) as Name[]
  const found = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Found[]>
  for (let round = 0; round < rounds; round++) {
    for (const name of shuffled(names, random)) found[name].push(await ways[name]())
  }
  return found
}

/** Fisher and Yates. */
function shuffled<T>(values: readonly T[], random: Random): T[] {
  const order = [...values]
  for (let left = order.length; left > 1; left--) {
    const drawn = Math.floor(random() * left)
    const last = order[left - 1] as T
    order[left - 1] = order[drawn] as T
    order[drawn] = last
  }
  return order
}
