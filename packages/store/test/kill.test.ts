import { CID } from '@hither/core'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { diskBlocks, diskNames } from '../src/index.ts'
import { numberOf, seeded, signer } from './material.ts'
import { filesIn, tempDir } from './temp-dir.ts'

const ROUNDS = 20
/** Numbers between rounds, so that no round writes again, and so mends, what the one before left. */
const STRIDE = 1000
/** The kill comes up to this long after an acknowledgement: at any step of writing what comes next. */
const LATER_MS = 10
const WRITER = fileURLToPath(new URL('children/writer.ts', import.meta.url))

it(`loses nothing acknowledged when the writer is killed, ${ROUNDS} times over`, { timeout: 120_000 }, async () => {
  const dir = await tempDir()
  const random = seeded(7)
  const acknowledged = new Set<string>()
  for (let round = 0; round < ROUNDS; round++) {
    const lines = await writeAndDie(dir, round * STRIDE, 1 + Math.floor(random() * 4), random() * LATER_MS)
    for (const line of lines) acknowledged.add(line)
  }

  const blocks = await diskBlocks({ dir: join(dir, 'blocks'), capBytes: 1e9 })
  const names = await diskNames({ dir: join(dir, 'names') })
  const held = new Set(names.history((await signer(1)).publisher, 'shop').map(({ sequence }) => `name ${sequence}`))
  // What was cut off never took a block's or a record's name: all that has one is whole.
  for (const path of await filesIn(join(dir, 'blocks'))) {
    if (path.endsWith('.tmp')) continue
    const bytes = await blocks.get(CID.parse(basename(path)))
    if (bytes !== undefined) held.add(`block ${numberOf(bytes)}`)
  }
  expect((await filesIn(dir)).filter((path) => path.includes('quarantine'))).toEqual([])
  expect([...acknowledged].filter((line) => !held.has(line))).toEqual([])
  expect(acknowledged.size).toBeGreaterThanOrEqual(ROUNDS)
})

/** Runs a writer until it has acknowledged so many things, kills it a moment later, and returns all that it acknowledged. */
async function writeAndDie(dir: string, start: number, count: number, laterMs: number): Promise<string[]> {
  const child = spawn(process.execPath, ['--conditions=hither-source', WRITER, dir, String(start)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = once(child, 'exit')
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (lines.length === count) setTimeout(() => child.kill('SIGKILL'), laterMs)
  }
  await exit
  expect(lines.length).toBeGreaterThanOrEqual(count)
  return lines
}
