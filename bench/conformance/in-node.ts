import { Worker } from 'node:worker_threads'
import type { Page } from './page.ts'
import { resultOf, type FileResult, type Told } from './results.ts'
import type { Tree } from './tree.ts'

/** Runs a page among Node's own globals, in a thread that has them for itself. */
export async function runInNode(tree: Tree, page: Page): Promise<FileResult> {
  const thread = new Worker(new URL('node-thread.ts', import.meta.url), { workerData: { roots: tree.roots, page } })
  const { promise, resolve } = Promise.withResolvers<FileResult>()
  let trouble: string | undefined
  thread.on('message', (message: { told: string } | { trouble: string }) => {
    if ('told' in message) resolve(resultOf(JSON.parse(message.told) as Told))
    else trouble ??= message.trouble
  })
  thread.on('error', (error) => resolve({ subtests: [], trouble: String(error) }))
  thread.on('exit', () => resolve({ subtests: [], trouble: trouble ?? 'the thread ended before its tests' }))
  try {
    return await promise
  } finally {
    await thread.terminate()
  }
}
