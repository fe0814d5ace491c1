import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { watch } from '../../bench/soak/watch.ts'
import { heapBytes } from '../support/heap.ts'

test('who watches itself hardly grows by that', () => {
  const LOOKS = 8_000
  let time = 0.5
  const seen = watch(() => (time += 2_000), 10 * LOOKS)
  seen.add('this one', process.pid)
  const looks = (count: number): void => {
    for (let look = 0; look < count; look++) seen.look()
  }
  looks(1_000)
  const before = heapBytes()
  looks(LOOKS)
  const each = (heapBytes() - before) / LOOKS
  // Room for its three numbers was made before.
  expect(each).toBeLessThan(10)
  expect(seen.seen(0)[0]).toMatchObject({ name: 'this one', pid: process.pid, alive: true })
})

test('who ends without being released has died, also before it was looked at', async () => {
  const seen = watch(() => 0, 10)
  const [looked, unlooked, released] = [0, 1, 2].map(() =>
    spawn(process.execPath, ['-e', 'console.log(); process.stdin.resume()'], { stdio: ['pipe', 'pipe', 'ignore'] }),
  )
  const all = [looked, unlooked, released].filter((child) => child !== undefined)
  await Promise.all(all.map(({ stdout }) => once(stdout, 'data')))
  const died = (): (string | boolean)[][] => seen.seen(0).map((one) => [one.name, one.alive, one.died])
  seen.add('looked at', looked?.pid ?? 0)
  seen.add('released', released?.pid ?? 0)
  seen.look()
  seen.add('not looked at', unlooked?.pid ?? 0)
  seen.release(released?.pid ?? 0)
  expect(died()).toContainEqual(['looked at', true, false])
  for (const child of all) child.kill('SIGKILL')
  await Promise.all(all.map((child) => once(child, 'exit')))
  expect(died()).toEqual([
    ['released', false, false],
    ['looked at', false, true],
    ['not looked at', false, true],
  ])
})
