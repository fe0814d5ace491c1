import { expect, test } from 'vitest'
import { bench, handler, makeJob, pidsOf, text } from './support.ts'

const HELLO = handler(`return new Response('hello')`)
const COUNT = handler('return new Response(String((globalThis.count = (globalThis.count ?? 0) + 1)))')

test('never runs two publishers in one process, even the same function', async () => {
  const on = bench()
  expect(await text(on.runner.run(await makeJob(COUNT, { cordon: 'a' })))).toBe('1')
  expect(await text(on.runner.run(await makeJob(COUNT, { cordon: 'a' })))).toBe('2')
  expect(await text(on.runner.run(await makeJob(COUNT, { cordon: 'b' })))).toBe('1')
  // One each, and the spare.
  expect(pidsOf(on)).toHaveLength(3)
})

test('functions of one publisher share a process', async () => {
  const on = bench()
  await on.runner.run(await makeJob(HELLO))
  await on.runner.run(await makeJob(COUNT))
  expect(pidsOf(on)).toHaveLength(2)
})

test('starts a spare before anybody calls, and a new publisher takes it', async () => {
  const on = bench()
  await on.runner.start()
  const [spare] = pidsOf(on)
  expect(on.children).toHaveLength(1)
  await on.runner.run(await makeJob(HELLO))
  expect(pidsOf(on)[0]).toBe(spare)
  expect(on.children).toHaveLength(2)
})

test('ends the process of the publisher that was away the longest where there are too many', async () => {
  // Room for three processes.
  const on = bench({ memoryMb: 200 })
  for (const cordon of ['a', 'b', 'c', 'd']) {
    expect(await text(on.runner.run(await makeJob(HELLO, { cordon })))).toBe('hello')
  }
  expect(on.children[0]?.signalCode).toBe('SIGKILL')
  expect(on.children[1]?.signalCode).toBeNull()
})
