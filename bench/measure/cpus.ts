import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { AtEnd } from './at-end.ts'
import type { Program } from './program.ts'

const run = promisify(execFile)

/**
 * Holds this process, and so all that it starts from now on, to one CPU until the end, and whoever asks to another: what may burn on two
 * at once would else be compared with what cannot. Gives why not, where the system cannot do that or has no other.
 */
export async function onOneCpu(asker: Program, atEnd: AtEnd): Promise<string | undefined> {
  try {
    const all = await cpusOf(process.pid)
    const [first = '0', ...others] = all
    await hold(asker.pid, others.at(-1) ?? first)
    atEnd(() => hold(process.pid, all.join(',')))
    await hold(process.pid, first)
    return others.length === 0 ? 'there is one CPU: who asks shares it with the servers' : undefined
  } catch (error) {
    return `servers were not held to one CPU: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** The CPUs that a process may use, by number. Throws where Linux is not there to say it. */
async function cpusOf(pid: number): Promise<string[]> {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(await readFile(`/proc/${pid}/status`, 'latin1'))?.[1] ?? ''
  return list.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number)
    return Array.from({ length: to - from + 1 }, (_, i) => String(from + i))
  })
}

/** With all threads that it has. */
async function hold(pid: number, cpus: string): Promise<void> {
  await run('taskset', ['--all-tasks', '--cpu-list', '--pid', cpus, String(pid)])
}
