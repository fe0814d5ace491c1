/** A process with calls, as far as memory needs to know it. */
export interface Holder {
  /** Whose fellows have one share together. */
  group: string
  weight: number
  cordon: string
  memoryBytes: number
  /** How long its newest call has been there, in ms. */
  newestMs: number
}

/**
 * Who has to go when all together hold too much: in the group that holds most by its weight, of the cordon that does, the process
 * with the newest call, which is the likeliest to be why.
 */
export function greediest<H extends Holder>(holders: readonly H[]): H | undefined {
  const group = mostHolding(holders, (one) => one.group)
  const inGroup = holders.filter((one) => one.group === group)
  const cordon = mostHolding(inGroup, (one) => one.cordon)
  const [newest] = inGroup.filter((one) => one.cordon === cordon).sort((a, b) => a.newestMs - b.newestMs)
  return newest
}

function mostHolding<H extends Holder>(holders: readonly H[], nameOf: (holder: H) => string): string | undefined {
  const held = new Map<string, number>()
  for (const one of holders) held.set(nameOf(one), (held.get(nameOf(one)) ?? 0) + one.memoryBytes / one.weight)
  const [most] = [...held].sort(([, a], [, b]) => b - a)
  return most?.[0]
}
