import { DEFAULT_EGRESS, type Clock } from '@hither/core'
import { Dispatch } from '../../src/host/dispatch.ts'
import { lendingOf } from '../../src/host/lending.ts'
import { Outbound } from '../../src/host/outbound/outbound.ts'
import type { Spare } from '../../src/host/spare.ts'
import { Ticket } from '../../src/host/ticket.ts'
import { systemTimers } from '../../src/host/timers.ts'
import { FRAME } from '../../src/ipc/frames.ts'
import { fakeSandbox, type FakeSandbox } from './fake-sandbox.ts'
import { handler, makeJob } from './jobs.ts'

const NOTHING = (): void => undefined

/** Gives calls to processes that the test plays, and takes new ones from it. */
export function fakeDispatch(lent: { cores: number; memoryMb: number }, now: Clock, take: Spare['take']): Dispatch {
  const spare = { take, prepare: async () => undefined } as Pick<Spare, 'take' | 'prepare'> as Spare
  return new Dispatch({
    lent: lendingOf(lent, {}),
    spares: { trusted: spare, strangers: spare },
    now,
    timers: systemTimers,
    outbound: new Outbound({ egress: () => DEFAULT_EGRESS, resolve: async () => [], own: () => [], now }),
    log: NOTHING,
    onLeft: NOTHING,
    onCrowdedOut: NOTHING,
    onIdle: NOTHING,
  })
}

/** Has so many functions warm in a process. */
export async function warm(fake: FakeSandbox, count: number, note: string, now: Clock): Promise<void> {
  for (let i = 1; i <= count; i += 1) {
    const ticket = new Ticket(await makeJob(handler('', `${note} ${i}`)), now)
    fake.sandbox.send(ticket)
    fake.says(FRAME.loaded, ticket.fn)
    fake.says(FRAME.pending, ticket.callId)
    fake.sandbox.over(ticket)
  }
}

/** A process of the usual cordon in which so many functions are warm. */
export async function warmed(count: number, note: string, now: Clock): Promise<FakeSandbox> {
  const fake = await fakeSandbox(now)
  await warm(fake, count, note, now)
  return fake
}
