import { CID } from '@hither/core'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { oneFile } from '../../../test/support/one-file.ts'
import { diskBlocks, diskNames } from '../src/index.ts'
import { numberOf, seeded, signer } from './material.ts'
import { filesIn, tempDir } from './temp-dir.ts'

/** Writers that live and die beside each other, each in a folder of its own. */
const LANES = 4
/** Folders of a lane one after another, so that little disk is taken, and kills in each. */
const FOLDERS = 5
const KILLS = 10
/** Numbers between kills, so that no writer writes again, and so mends, what the one before left. */
const STRIDE = 1000
/** The kill comes up to this long after an acknowledgement: at any step of writing what comes next. */
const LATER_MS = 10
const WRITER = fileURLToPath(new URL('children/writer.ts', import.meta.url))

it(`loses nothing acknowledged in ${LANES * FOLDERS * KILLS} kills`, { timeout: 900_000 }, async () => {
  const dir = await tempDir()
  const writer = join(dir, 'writer.mjs')
  await oneFile(WRITER, writer)
  const random = seeded(7)
  const openings: number[] = []
  let acknowledged = 0
  const lane = async (number: number): Promise<void> => {
    for (let folder = 0; folder < FOLDERS; folder++) {
      const path = join(dir, `${number}-${folder}`)
      await mkdir(path)
      const said = new Set<string>()
      for (let kill = 0; kill < KILLS; kill++) {
        const lines = await writeAndDie(writer, path, kill * STRIDE, 1 + Math.floor(random() * 4), random() * LATER_MS)
        for (const line of lines) said.add(line)
      }
      const { held, openMs } = await heldIn(path)
      expect([...said].filter((line) => !held.has(line))).toEqual([])
      openings.push(openMs)
      acknowledged += said.size
      await rm(path, { recursive: true })
    }
  }
  await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)))
  expect(acknowledged).toBeGreaterThanOrEqual(LANES * FOLDERS * KILLS)
  process.stdout.write(
    `${acknowledged} blocks and names acknowledged, none lost; opened in at most ${Math.round(Math.max(...openings))} ms\n`,
  )
})

/** What a writer said and is there, whole, when the folder is opened again. */
async function heldIn(dir: string): Promise<{ held: Set<string>; openMs: number }> {
  const openingAt = performance.now()
  const blocks = await diskBlocks({ dir: join(dir, 'blocks'), capBytes: 1e9 })
  const names = await diskNames({ dir: join(dir, 'names') })
  const openMs = performance.now() - openingAt
  const held = new Set(names.history((await signer(1)).publisher, 'shop').map(({ sequence }) => `name ${sequence}`))
  // What was cut off never took a block's or a record's name: all that has one is whole.
  for (const path of await filesIn(join(dir, 'blocks'))) {
    if (path.endsWith('.tmp')) continue
    const bytes = await blocks.get(CID.parse(basename(path)))
    if (bytes !== undefined) held.add(`block ${numberOf(bytes)}`)
  }
  expect((await filesIn(dir)).filter((path) => path.includes('quarantine'))).toEqual([])
  return { held, openMs }
}

/** Runs a writer until it has acknowledged so many things, kills it a moment later, and returns all that it acknowledged. */
async function writeAndDie(
  writer: string,
  dir: string,
  start: number,
  count: number,
  laterMs: number,
): Promise<string[]> {
  const child = spawn(process.execPath, [writer, dir, String(start)], { stdio: ['ignore', 'pipe', 'inherit'] })
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
