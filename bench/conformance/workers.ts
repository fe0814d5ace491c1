import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { FileResult } from './results.ts'
import type { Tree } from './tree.ts'
import type { Job } from './worker.ts'

/** Pages break off by themselves; this is for those that hang in a loop. */
const HANGS_AFTER_MS = 180_000

/** Runs jobs in some processes at once, and hands back their results in the order of the jobs. */
export async function runAll(tree: Tree, jobs: Job[], processes: number, onDone: () => void): Promise<FileResult[]> {
  const results: FileResult[] = []
  const queue = jobs.entries()
  const lane = async (): Promise<void> => {
    let child: ChildProcess | undefined
    for (const [at, job] of queue) {
      child = child?.connected === true ? child : start(tree)
      results[at] = await runOne(child, job)
      onDone()
    }
    child?.disconnect()
  }
  await Promise.all(Array.from({ length: processes }, lane))
  return results
}

function start(tree: Tree): ChildProcess {
  return fork(fileURLToPath(new URL('worker.ts', import.meta.url)), [...tree.roots], {
    execArgv: ['--no-node-snapshot', '--conditions=hither-source', '--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
}

async function runOne(child: ChildProcess, job: Job): Promise<FileResult> {
  const { promise, resolve } = Promise.withResolvers<FileResult>()
  const ended = (code: number | null, signal: string | null): void => {
    resolve({ subtests: [], trouble: `the process ended (${signal ?? code})` })
  }
  const hung = setTimeout(() => child.kill('SIGKILL'), HANGS_AFTER_MS)
  child.once('message', resolve)
  child.once('exit', ended)
  child.send(job)
  try {
    return await promise
  } finally {
    clearTimeout(hung)
    child.off('message', resolve)
    child.off('exit', ended)
  }
}
