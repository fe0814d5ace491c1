import type { Schedule } from './schedule.ts'

/** What is to become of each runner, for those who may know the future. */
export interface Lives {
  alive(runner: number, at: number): boolean
  slower(runner: number, at: number): number
}

export function lives(count: number, schedule: Schedule): Lives {
  if (schedule.length === 0) return { alive: () => true, slower: () => 1 }
  const changes: { atMs: number; alive: boolean; slower: number }[][] = Array.from({ length: count }, () => [])
  for (const happening of schedule) {
    const own = changes[happening.runner] ?? []
    const { alive, slower } = own.at(-1) ?? { alive: true, slower: 1 }
    if (happening.type === 'slow') own.push({ atMs: happening.atMs, alive, slower: happening.factor })
    else own.push({ atMs: happening.atMs, alive: happening.type === 'up', slower })
  }
  const last = (runner: number, at: number): { alive: boolean; slower: number } =>
    changes[runner]?.findLast(({ atMs }) => atMs <= at) ?? { alive: true, slower: 1 }
  return { alive: (runner, at) => last(runner, at).alive, slower: (runner, at) => last(runner, at).slower }
}
