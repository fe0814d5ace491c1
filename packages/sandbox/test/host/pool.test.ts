import { wholeShare } from '@hither/core'
import { expect, test } from 'vitest'
import { PROCESS_MB } from '../../src/host/limits.ts'
import { isSpent, Pool } from '../../src/host/pool.ts'
import type { Sandbox } from '../../src/host/sandbox.ts'
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

/** A process of a publisher, extra or not, with a call if it is busy. */
async function processOf(publisher: string, usedMs: number, { extra = false, busy = false } = {}): Promise<Sandbox> {
  const init = { cordon: `trusted ${publisher}`, share: wholeShare(publisher), extra }
  const fake = await fakeSandbox(() => usedMs, init)
  if (busy) await fake.call()
  return fake.sandbox
}

function poolOf(all: readonly Sandbox[]): Pool {
  const made = new Pool(all.length * PROCESS_MB)
  for (const one of all) made.add(one)
  return made
}

test('who needs a process has an extra one of somebody before one that somebody needs', async () => {
  const extra = await processOf('many', 20, { extra: true })
  const made = poolOf([await processOf('many', 10), extra, await processOf('few', 0)])
  made.makeRoom()
  expect(extra.closed).toBe(true)
})

test('where all have calls, an extra one takes no more of them and goes when it has none', async () => {
  const extra = await processOf('many', 20, { extra: true, busy: true })
  const made = poolOf([await processOf('many', 10, { busy: true }), extra])
  expect(made.isTaken('newcomer')).toBe(false)
  made.makeRoom()
  expect(extra).toMatchObject({ closed: false, leaving: true })
  expect(made.of(extra.cordon)).not.toContain(extra)
  expect(made.isTaken('newcomer')).toBe(false)
  for (const ticket of extra.calls.values()) extra.over(ticket)
  expect(isSpent(extra, 0, 20)).toBe(true)
})
