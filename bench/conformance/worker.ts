import { runInIsolate } from './in-isolate.ts'
import { runInNode } from './in-node.ts'
import { pageOf } from './page.ts'
import type { Engine } from './results.ts'
import type { TestFile } from './tests.ts'
import { Tree } from './tree.ts'

/** A process that runs files of tests, one at a time: what hangs or crashes one takes no other along. */

export interface Job {
  engine: Engine
  file: TestFile
}

const tree = new Tree(process.argv.slice(2))

process.on('message', (job: Job) => void run(job))

async function run({ engine, file }: Job): Promise<void> {
  const runPage = engine === 'isolate' ? runInIsolate : runInNode
  process.send?.(await runPage(tree, pageOf(tree, file)))
}
