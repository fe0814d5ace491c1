import { readFile, writeFile } from 'node:fs/promises'
import { familyOf } from '../../bench/measure/proc.ts'

/** The most memory that processes had resident at once since `watchMemory`, in MB, by their ids. Without those that have ended. Linux only. */
export interface MemoryWatch {
  peaks(): Promise<Map<number, number>>
}

/** Watches processes and all that they started: sandbox processes are behind their launchers. */
export async function watchMemory(pids: number[]): Promise<MemoryWatch> {
  const all = pids.flatMap(familyOf)
  // Forgets the peak until now (proc(5), clear_refs).
  for (const pid of all) await unlessGone(writeFile(`/proc/${pid}/clear_refs`, '5'))
  return {
    async peaks() {
      const peaks = new Map<number, number>()
      for (const pid of all) {
        const status = await unlessGone(readFile(`/proc/${pid}/status`, 'utf8'))
        const [, kb] = /^VmHWM:\s+(\d+) kB/m.exec(status ?? '') ?? []
        if (kb !== undefined) peaks.set(pid, Number(kb) / 1024)
      }
      return peaks
    },
  }
}

/** A jail is tried by a process that soon ends. */
async function unlessGone<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}
