import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { oneFile } from '../../../test/support/one-file.ts'
import { loadAliases } from '../src/home/aliases.ts'
import { readJson } from '../src/home/json.ts'
import { loadKey } from '../src/home/keys.ts'

const KILLS = 30
const STRIDE = 1000
const CHILD = fileURLToPath(new URL('children/keeper.ts', import.meta.url))

test(`keys and aliases are whole after each of ${KILLS} kills, and none that was acknowledged is lost`, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hither-kill-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const keeper = join(dir, 'keeper.mjs')
  await oneFile(CHILD, keeper)
  const file = join(dir, 'aliases.json')
  const said = new Set<string>()
  // Each takes over the lock that the one before may have left.
  for (let kill = 0; kill < KILLS; kill++) {
    for (const line of await writeAndDie([keeper, dir], file, kill * STRIDE, 1 + (kill % 4))) said.add(line)
  }
  const aliases = await loadAliases(file)
  const held = new Set([...aliases.byName].map(([name, key]) => `alias ${name.slice(1)} ${key}`))
  for (const name of (await readdir(dir)).filter((one) => one.endsWith('.key'))) {
    // Also those that nobody heard of: what has a key's name is a whole key.
    held.add(`key ${name.slice(0, -4)} ${(await loadKey(join(dir, name))).signer.publisher}`)
  }
  expect([...said].filter((line) => !held.has(line))).toEqual([])
  expect(said.size).toBeGreaterThanOrEqual(KILLS)
}, 600_000)

/** Kills the writer as soon as it has acknowledged so many things; reads the list meanwhile, which must never be a part of one. */
async function writeAndDie(args: string[], file: string, start: number, count: number): Promise<string[]> {
  const child = spawn(process.execPath, [...args, String(start)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(child, 'exit')
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (lines.length === count) setImmediate(() => child.kill('SIGKILL'))
    await readJson(file)
  }
  await exit
  expect(lines.length).toBeGreaterThanOrEqual(count)
  return lines
}
