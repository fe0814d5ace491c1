import { readdir, readFile, writeFile } from 'node:fs/promises'

/** The most memory that processes had resident at once since `watchMemory`, in MB, by their ids. Linux only. */
export interface MemoryWatch {
  peaks(): Promise<Map<number, number>>
}

/** Watches processes and the sandbox processes that they started. */
export async function watchMemory(pids: number[]): Promise<MemoryWatch> {
  const all = [...pids, ...(await Promise.all(pids.map(childrenOf))).flat()]
  // Forgets the peak until now (proc(5), clear_refs).
  for (const pid of all) await writeFile(`/proc/${pid}/clear_refs`, '5')
  return {
    async peaks() {
      const peaks = new Map<number, number>()
      for (const pid of all) peaks.set(pid, await peakMb(pid))
      return peaks
    },
  }
}

async function childrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`)
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '')),
  )
  return lists.flatMap((list) => list.trim().split(' ').filter(Boolean).map(Number))
}

async function peakMb(pid: number): Promise<number> {
  const [, kb] = /^VmHWM:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kb) / 1024
}
