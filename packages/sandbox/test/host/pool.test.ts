import { wholeShare } from '@hither/core'
import { expect, test } from 'vitest'
import { PROCESS_MB } from '../../src/host/limits.ts'
import { Pool } from '../../src/host/pool.ts'
import { fakeSandbox } from './fake-sandbox.ts'

/** Room for so many processes, of which a group has some with a call each. */
async function pool(room: number, has: Record<string, number>): Promise<Pool> {
  const made = new Pool(room * PROCESS_MB)
  for (const [group, count] of Object.entries(has)) {
    for (let n = 0; n < count; n += 1) {
      const fake = await fakeSandbox(() => 0)
      await fake.call()
      fake.sandbox.share = wholeShare(group)
      made.add(fake.sandbox)
    }
  }
  return made
}

test('the last processes are for those who have none', async () => {
  const most = await pool(16, { anyone: 14 })
  expect(most.hasRoom('anyone')).toBe(false)
  expect(most.hasRoom('named')).toBe(true)
  expect(most.isTaken('anyone')).toBe(true)
  expect(most.isTaken('named')).toBe(false)
  const all = await pool(16, { anyone: 14, named: 2 })
  expect(all.isTaken('third')).toBe(true)
})

test('where there are few, one may have all', async () => {
  expect((await pool(2, { one: 1 })).hasRoom('one')).toBe(true)
  expect((await pool(2, { one: 2 })).hasRoom('other')).toBe(false)
})
