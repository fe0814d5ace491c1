import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const GENERATIONS = new URL('../src/generations.ts', import.meta.url)

/** Objects most of which last, until V8 has learned that; then, several times, how many bytes more are old by each that is made. */
const LASTING = `
import { getHeapSpaceStatistics } from 'node:v8'
import { makeAllYoung } from '${GENERATIONS.href}'
if (process.argv[1] === 'young') makeAllYoung()
const make = (n) => ({ n, of: { n }, all: [n, n + 1] })
const kept = Array.from({ length: 100_000 })
for (let n = 0; n < 2_000_000; n++) kept[n % kept.length] = make(n)
const old = () => getHeapSpaceStatistics().find((one) => one.space_name === 'old_space').space_used_size
const looks = Array.from({ length: 9 }, () => {
  const before = old()
  for (let n = 0; n < 1000; n++) kept[0] = make(n)
  return (old() - before) / 1000
})
console.log(looks.toSorted((a, b) => a - b)[4])`

async function oldBytesEach(...args: string[]): Promise<number> {
  // V8 decides such things once the room for young objects has grown as far as it may, and by what its threads have counted by then: one
  // of many runs on a busy machine counted too little.
  const flags = ['--max-semi-space-size=1', '--single-threaded', '--conditions=hither-source', '--input-type=module']
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, '--eval', LASTING, '--', ...args])
  return Number(stdout)
}

test('what a peer makes is young, however long the like of it has lasted', async () => {
  expect(await oldBytesEach()).toBeGreaterThan(100)
  expect(await oldBytesEach('young')).toBeLessThan(20)
})
