import { cpuUsOf } from './proc.ts'

/** Adds up the processor time of a process and all that it started, while something is done; by how often. */
export interface Counted {
  of<T>(run: () => Promise<T>): Promise<T>
  ms(): number
}

export function counted(pid: number): Counted {
  let us = 0
  let times = 0
  return {
    async of(run) {
      const before = cpuUsOf(pid)
      const result = await run()
      us += cpuUsOf(pid) - before
      times += 1
      return result
    },
    ms: () => us / 1000 / times,
  }
}
