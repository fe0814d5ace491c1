import { cpuUsOf, familyOf } from './proc.ts'

/**
 * Adds up the processor time of a process and all that it started, while something is done; by how often. Where one of them has ended in
 * between, and its time with it, that once does not count. A mean, since the kernel tells it in steps of 10 ms.
 */
export interface Counted {
  of<T>(run: () => Promise<T>): Promise<T>
  /** For once. Throws where no time counted. */
  ms(): number
}

export function counted(pid: number): Counted {
  let us = 0
  let times = 0
  return {
    async of(run) {
      const family = familyOf(pid)
      const before = cpuUsOf(pid)
      const result = await run()
      const living = new Set(familyOf(pid))
      if (family.some((one) => !living.has(one))) return result
      us += cpuUsOf(pid) - before
      times += 1
      return result
    },
    ms() {
      if (times === 0)
        throw new Error('a process ended each time that processor time was counted, and its time with it')
      return us / 1000 / times
    },
  }
}
