import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { locked } from '../src/home/lock.ts'

async function list(): Promise<{ path: string; lock: string; files: () => Promise<string[]> }> {
  const folder = await mkdtemp(join(tmpdir(), 'hither-lock-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'list')
  return { path, lock: `${path}.lock`, files: () => readdir(folder) }
}

/** Far older than any process here. */
async function age(path: string): Promise<void> {
  await utimes(path, 1, 1)
}

/** Of a process that has ended. */
function gone(): number {
  return spawnSync(process.execPath, ['--version']).pid
}

test('a lock whose holder runs is never taken over, however old it is', async () => {
  const { path, lock, files } = await list()
  await writeFile(lock, `${process.ppid} another\n`)
  await age(lock)
  let waits = 0
  const pause = async (): Promise<void> => {
    expect(await readFile(lock, 'utf8')).toBe(`${process.ppid} another\n`)
    if (++waits === 3) await rm(lock)
  }
  expect(await locked(path, async () => waits, pause)).toBe(3)
  expect(await files()).toEqual([])
})

test('who waits in vain says which file to look at', async () => {
  const { path, lock } = await list()
  await writeFile(lock, `${process.ppid} another\n`)
  const refused = locked(
    path,
    async () => {},
    async () => {},
  )
  await expect(refused).rejects.toMatchObject({ code: 'bad-config', message: expect.stringContaining(lock) })
  expect(await readFile(lock, 'utf8')).toBe(`${process.ppid} another\n`)
})

test.each([
  ['a process that is gone', () => `${gone()} left\n`],
  ['an earlier process of the same number', () => `${process.pid} left\n`],
  ['a process before the machine was started anew', () => `${process.ppid} left another-boot\n`],
  ['a power cut', () => ''],
])('the lock that %s left is taken over, by one at a time', async (_, content) => {
  const { path, lock, files } = await list()
  await writeFile(lock, content())
  await age(lock)
  let holders = 0
  const task = async (): Promise<void> => {
    holders += 1
    // Long enough for the others to try.
    for (let i = 0; i < 20; i++) await readFile(lock)
    expect(holders).toBe(1)
    holders -= 1
  }
  await Promise.all(Array.from({ length: 5 }, () => locked(path, task)))
  expect(await files()).toEqual([])
})

test('nobody removes a lock that is another’s by now', async () => {
  const { path, lock } = await list()
  await locked(path, async () => writeFile(lock, `${process.ppid} another\n`))
  expect(await readFile(lock, 'utf8')).toBe(`${process.ppid} another\n`)
})
