/** Processor time of this process, in µs for each run: the best of many rounds, in which the candidates take turns. */
export function measure(
  candidates: Record<string, () => void>,
  { warmup, rounds, runs }: Record<'warmup' | 'rounds' | 'runs', number>,
): Record<string, number> {
  for (const run of Object.values(candidates)) for (let i = 0; i < warmup; i++) run()
  const best: Record<string, number> = {}
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(candidates)) {
      const before = process.cpuUsage()
      for (let i = 0; i < runs; i++) run()
      const { user, system } = process.cpuUsage(before)
      best[name] = Math.min(best[name] ?? Infinity, (user + system) / runs)
    }
  }
  return best
}
