/** A process with calls, as far as memory needs to know it. */
export interface Holder {
  cordon: string
  memoryBytes: number
  /** How long its newest call has been there, in ms. */
  newestMs: number
}

/**
 * Who has to go when all together hold too much: of the cordon that holds most in all, since each is entitled to as much as
 * any other, the process with the newest call, which is the likeliest to be why.
 */
export function greediest<H extends Holder>(holders: readonly H[]): H | undefined {
  const heldBytes = new Map<string, number>()
  for (const { cordon, memoryBytes } of holders) heldBytes.set(cordon, (heldBytes.get(cordon) ?? 0) + memoryBytes)
  const [greedy] = [...heldBytes].sort(([, a], [, b]) => b - a)
  const [newest] = holders.filter(({ cordon }) => cordon === greedy?.[0]).sort((a, b) => a.newestMs - b.newestMs)
  return newest
}
