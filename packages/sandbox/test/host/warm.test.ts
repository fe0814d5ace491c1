import { DEFAULT_EGRESS } from '@hither/core'
import { expect, test } from 'vitest'
import { Dispatch } from '../../src/host/dispatch.ts'
import { lendingOf } from '../../src/host/lending.ts'
import { WARM_MAX, WARM_PER_PROCESS_MAX } from '../../src/host/limits.ts'
import { Outbound } from '../../src/host/outbound/outbound.ts'
import type { Spare } from '../../src/host/spare.ts'
import { systemTimers } from '../../src/host/timers.ts'
import { Ticket } from '../../src/host/ticket.ts'
import { FRAME } from '../../src/ipc/frames.ts'
import { fakeSandbox, type FakeSandbox } from './fake-sandbox.ts'
import { handler, makeJob } from './jobs.ts'

const NOTHING = (): void => undefined
const now = (): number => 0

/** A process in which so many functions are warm. */
async function warmed(count: number, note: string): Promise<FakeSandbox> {
  const fake = await fakeSandbox(now)
  for (let i = 1; i <= count; i += 1) {
    const ticket = new Ticket(await makeJob(handler('', `${note} ${i}`)), now)
    fake.sandbox.send(ticket)
    fake.says(FRAME.loaded, i)
    fake.says(FRAME.pending, i)
    fake.sandbox.over(ticket)
  }
  return fake
}

test('one more function than may be warm in all takes the place of another, also in a process that is there', async () => {
  const unused = {
    take: () => {
      throw new Error('a process was to be started')
    },
  } as Pick<Spare, 'take'> as Spare
  const dispatch = new Dispatch({
    lent: lendingOf({ cores: 1, memoryMb: 4096 }, {}),
    spares: { trusted: unused, strangers: unused },
    now,
    timers: systemTimers,
    outbound: new Outbound({ egress: () => DEFAULT_EGRESS, resolve: async () => [], own: () => [], now }),
    log: NOTHING,
    onLeft: NOTHING,
    onCrowdedOut: NOTHING,
    onIdle: NOTHING,
  })
  // So many processes that each has room for one more.
  const most = WARM_PER_PROCESS_MAX - 1
  for (let left = WARM_MAX; left > 0; left -= most) {
    const { sandbox } = await warmed(Math.min(left, most), `${left}`)
    dispatch.pool.add(sandbox)
  }
  expect(dispatch.pool.warm()).toHaveLength(WARM_MAX)
  const ticket = new Ticket(await makeJob(handler('')), now)
  ticket.text = handler('')
  dispatch.offer(ticket)
  expect(ticket.sandbox?.isWarm(ticket.key)).toBe(true)
  expect(dispatch.pool.warm()).toHaveLength(WARM_MAX)
})
