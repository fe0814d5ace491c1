import { wholeShare } from '@hither/core'
import { expect, test } from 'vitest'
import { WARM_MAX, WARM_PER_PROCESS_MAX } from '../../src/host/limits.ts'
import { Pool } from '../../src/host/pool.ts'
import { Ticket } from '../../src/host/ticket.ts'
import { fakeDispatch, warm, warmed } from './fake-dispatch.ts'
import { fakeSandbox } from './fake-sandbox.ts'
import { handler, makeJob } from './jobs.ts'

const now = (): number => 0

test('one more function than may be warm in all takes the place of another, also in a process that is there', async () => {
  const dispatch = fakeDispatch({ cores: 1, memoryMb: 4096 }, now, () => {
    throw new Error('a process was to be started')
  })
  // So many processes that each has room for one more.
  const most = WARM_PER_PROCESS_MAX - 1
  for (let left = WARM_MAX; left > 0; left -= most) {
    const { sandbox } = await warmed(Math.min(left, most), `${left}`, now)
    dispatch.fleet.pool.add(sandbox)
  }
  expect(dispatch.fleet.pool.warm()).toHaveLength(WARM_MAX)
  const ticket = new Ticket(await makeJob(handler('')), now)
  ticket.text = handler('')
  dispatch.offer(ticket)
  expect(ticket.sandbox?.isWarm(ticket.key)).toBe(true)
  expect(dispatch.fleet.pool.warm()).toHaveLength(WARM_MAX)
})

test('of too many in all, those who have most give, however rarely others call theirs', async () => {
  const pool = new Pool(4096)
  const rare = await fakeSandbox(now, { cordon: 'trusted rare', share: wholeShare('rare') })
  await warm(rare, 2, 'rare', now)
  pool.add(rare.sandbox)
  const later = (): number => 1000
  for (let left = WARM_MAX; left > 0; left -= WARM_PER_PROCESS_MAX) {
    pool.add((await warmed(WARM_PER_PROCESS_MAX, `${left}`, later)).sandbox)
  }
  pool.trim()
  expect(pool.warm()).toHaveLength(WARM_MAX)
  expect(rare.sandbox.residents.count).toBe(2)
})
