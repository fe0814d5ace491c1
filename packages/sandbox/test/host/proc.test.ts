import { spawn } from 'node:child_process'
import { expect, onTestFinished, test } from 'vitest'
import { probe } from '../../src/host/proc.ts'
import { until } from './support.ts'

const MB = 1024 * 1024

test('sees the memory and the processor time of a process grow, and its end', async () => {
  const child = spawn(process.execPath, [
    '-e',
    `process.title = 'a) strange (name'
     process.stdin.once('data', () => { globalThis.held = Buffer.alloc(${100 * MB}, 1); for (;;); })`,
  ])
  onTestFinished(() => void child.kill('SIGKILL'))
  const watched = probe(child.pid ?? 0)
  onTestFinished(() => watched.close())
  await until(() => (watched.read()?.memoryBytes ?? 0) > 5 * MB)
  const before = watched.read()
  child.stdin.write('go')
  await until(() => (watched.read()?.memoryBytes ?? 0) - (before?.memoryBytes ?? 0) > 90 * MB)
  await until(() => (watched.read()?.cpuMs ?? 0) - (before?.cpuMs ?? 0) >= 100)
  expect(watched.read()?.memoryBytes).toBeLessThan(500 * MB)
  child.kill('SIGKILL')
  await until(() => watched.read() === undefined)
})

test.each([
  ['waits', 'process.stdin.resume()', true],
  [
    'waits for another that burns',
    `new (require('node:worker_threads').Worker)('for (;;);', { eval: true }).on('online', () => {
       console.log(1)
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
     })`,
    false,
  ],
])('sees whether a process rests whose main thread %s', async (_, source, rests) => {
  const child = spawn(process.execPath, ['-e', source])
  onTestFinished(() => void child.kill('SIGKILL'))
  const watched = probe(child.pid ?? 0)
  onTestFinished(() => watched.close())
  if (!rests) await new Promise((online) => child.stdout.once('data', online))
  await expect.poll(() => [watched.read()?.asleep, watched.rests()]).toEqual([true, rests])
})

test('has no answer for a process that is not there', () => {
  const nobody = probe(2 ** 22 + 1)
  expect(nobody.read()).toBeUndefined()
  expect(nobody.rests()).toBe(false)
  nobody.close()
})
