import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { diskBlocks, diskNames } from '../src/index.ts'
import { block, seeded, signer } from './material.ts'
import { filesIn, tempDir } from './temp-dir.ts'

const ROUNDS = 20
const WRITER = fileURLToPath(new URL('children/writer.ts', import.meta.url))

it(`loses nothing acknowledged when the writer is killed, ${ROUNDS} times over`, { timeout: 120_000 }, async () => {
  const dir = await tempDir()
  const random = seeded(7)
  const acknowledged = { block: new Set<number>(), name: new Set<number>() }
  let start = 0
  for (let round = 0; round < ROUNDS; round++) {
    for (const [kind, number] of await writeAndDie(dir, start, 3 + Math.floor(random() * 12))) {
      acknowledged[kind].add(number)
      start = Math.max(start, number + 1)
    }
    const blocks = await diskBlocks({ dir: join(dir, 'blocks'), capBytes: 1e9 })
    const names = await diskNames({ dir: join(dir, 'names') })
    for (const number of acknowledged.block) {
      const { cid, bytes } = await block(number, 40_000)
      expect(await blocks.get(cid), `block ${number} in round ${round}`).toEqual(bytes)
    }
    const sequences = names.history((await signer(1)).publisher, 'shop').map(({ sequence }) => sequence)
    expect(sequences).toEqual(expect.arrayContaining([...acknowledged.name]))
  }
  expect(acknowledged.block.size).toBeGreaterThan(ROUNDS)
  // What was cut off never took a block's or a record's name.
  expect((await filesIn(dir)).filter((path) => path.includes('quarantine'))).toEqual([])
})

/** Runs a writer until it has acknowledged so many things, kills it, and returns all that it acknowledged. */
async function writeAndDie(dir: string, start: number, count: number): Promise<['block' | 'name', number][]> {
  const child = spawn(process.execPath, ['--conditions=hither-source', WRITER, dir, String(start)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = once(child, 'exit')
  const acknowledged: ['block' | 'name', number][] = []
  for await (const line of createInterface({ input: child.stdout })) {
    const [kind, number] = line.split(' ')
    acknowledged.push([kind === 'block' ? 'block' : 'name', Number(number)])
    if (acknowledged.length === count) child.kill('SIGKILL')
  }
  await exit
  expect(acknowledged.length).toBeGreaterThanOrEqual(count)
  return acknowledged
}
