import process from 'node:process'
import { runInThisContext } from 'node:vm'
import { parentPort, workerData } from 'node:worker_threads'
import type { furnish } from './furnish.ts'
import { dispatcherOf, lendDispatcher } from './dispatcher.ts'
import type { Page } from './page.ts'
import { Tree } from './tree.ts'

/** A thread that runs one page among Node's globals. */

const { roots, page } = workerData as { roots: string[]; page: Page }
const tree = new Tree(roots)
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- the port of a thread takes none
const tell = (message: { told: string } | { trouble: string }): void => parentPort?.postMessage(message)

// Tests reject promises on purpose, and throw where only the harness should notice.
process.on('unhandledRejection', () => {})
process.on('uncaughtException', () => {})

const furnishScope = runInThisContext(page.furnish) as typeof furnish
lendDispatcher(dispatcherOf(tree))
furnishScope((told) => tell({ told }), page.url)
for (const { name, code } of page.scripts) {
  try {
    runInThisContext(code, { filename: name })
  } catch (error) {
    tell({ trouble: String(error) })
  }
}
