/** Something that takes room. */
export interface Holding {
  /** Whose fellows have one share together. */
  group: string
  weight: number
  cordon: string
}

/** A process with calls, as far as memory needs to know it. */
export interface Holder extends Holding {
  memoryBytes: number
  /** How long its newest call has been there, in ms. */
  newestMs: number
}

/**
 * Who has to go when all together hold too much: in the group that holds most by its weight, of the cordon that does, the process
 * with the newest call, which is the likeliest to be why.
 */
export function greediest<H extends Holder>(holders: readonly H[]): H | undefined {
  const [newest] = ofGreediest(holders, (one) => one.memoryBytes).sort((a, b) => a.newestMs - b.newestMs)
  return newest
}

/** What the cordon has that holds most, in the group that holds most by its weight. */
export function ofGreediest<H extends Holding>(holdings: readonly H[], sizeOf: (one: H) => number): H[] {
  const partOf = (one: H): number => sizeOf(one) / one.weight
  const group = mostHolding(holdings, partOf, (one) => one.group)
  const inGroup = holdings.filter((one) => one.group === group)
  const cordon = mostHolding(inGroup, partOf, (one) => one.cordon)
  return inGroup.filter((one) => one.cordon === cordon)
}

function mostHolding<H>(
  holdings: readonly H[],
  partOf: (one: H) => number,
  nameOf: (one: H) => string,
): string | undefined {
  const held = new Map<string, number>()
  for (const one of holdings) held.set(nameOf(one), (held.get(nameOf(one)) ?? 0) + partOf(one))
  const [most] = [...held].sort(([, a], [, b]) => b - a)
  return most?.[0]
}
