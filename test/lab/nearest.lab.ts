import { expect, test } from 'vitest'
import { call as callFrom, controlOf } from './support/calls.ts'
import { CALLER, CALLS, distances, FREE, NEAREST } from './support/distances.ts'
import { inMs, share, spread, tell } from './support/figures.ts'
import { on } from './support/lan.ts'
import { repeat, seen } from './support/load.ts'

test('of runners at 2, 40 and 160 ms the nearest runs the calls', { timeout: 240_000 }, async () => {
  const { nearest, call } = await distances()
  const calls = await repeat(CALLS, 4, () => call())
  const there = calls.filter(({ peer }) => peer === nearest).length
  tell(`${share(there, CALLS)} calls ran on the nearest of three runners; ${spread(calls)}`)
  expect(there).toBeGreaterThanOrEqual(0.95 * CALLS)
})

const CALLS_ON_BAD_LINE = 1_000

test('it does so also over a line that wavers and loses one packet in a hundred', { timeout: 240_000 }, async () => {
  const { lan, nearest, call } = await distances()
  await lan.jitter(`${CALLER}-${NEAREST}`, 4)
  await lan.loss(`${CALLER}-${NEAREST}`, 0.01)
  const calls = await repeat(CALLS_ON_BAD_LINE, 4, () => call())
  const there = calls.filter(({ peer }) => peer === nearest).length
  tell(
    `${share(there, CALLS_ON_BAD_LINE)} calls ran on the nearest when its line wavered by 4 ms and lost 1 % of the packets; ${spread(calls)}`,
  )
  // One lost packet costs TCP a fifth of a second, after which another runner is rightly taken for nearer for a while.
  expect(there).toBeGreaterThanOrEqual(0.75 * CALLS_ON_BAD_LINE)
})

/** A runner that lends one core has 32 slots, of which one publisher may have 28, and room for 8 calls that wait. */
const MOST_OF_ONE = 28
const PLACES = 40
const WHILE_FULL = 200

/** Each may have most of what the one before leaves, so that so many have all of it. */
const FILLERS = 4

test(
  'while every slot of the nearest is taken it is skipped; once it is idle again it runs the calls',
  { timeout: 240_000 },
  async () => {
    const { net, runners, caller, call } = await distances({ args: ['--cores', '1'] })
    const [nearest, ...others] = runners.map(({ status }) => status.peer)
    const [second] = others
    const { publisher } = await caller.id()

    // Others, who call the nearest alone, fill it: the caller can only learn of it from what the runner says.
    const reach = [
      '--no-mdns',
      '--port',
      '0',
      '--gateway-port',
      '0',
      '--bootstrap',
      runners[0]?.status.addresses[0] ?? '',
    ]
    const leave = new AbortController()
    const long = { target: `${publisher}/errand`, path: '/?ms=60000', waitMs: 60_000, avoid: others }
    const filling: Promise<unknown>[] = []
    for (let i = 0; i < FILLERS; i++) {
      const other = await controlOf((await net.upOnLan(`other-${i}`, reach, on(FREE))).home)
      for (let n = 0; n < PLACES; n++) {
        filling.push(callFrom(other, long, leave.signal).catch((error: unknown) => error))
      }
    }
    const runner = await controlOf(runners[0]?.home ?? '')
    await seen(async () => {
      const { busy = 0, queued = 0 } = (await runner.status()).runner ?? {}
      return (busy >= MOST_OF_ONE && busy + queued >= PLACES) || undefined
    }, 60_000)

    const full = await repeat(WHILE_FULL, 2, () => call())
    const refusedFirst = full.filter(({ attempts }) => attempts > 1).length
    tell(
      `${share(full.filter(({ peer }) => peer === second).length, WHILE_FULL)} calls ran on the second nearest while the nearest was full, ${refusedFirst} of them after a refusal; ${spread(full)}`,
    )
    expect(full.every(({ peer }) => peer === second)).toBe(true)
    expect(refusedFirst).toBeLessThan(WHILE_FULL / 10)

    leave.abort()
    await Promise.all(filling)
    const idleAt = performance.now()
    const back = await seen(async () => {
      const answer = await call()
      // A copy of a call that was late elsewhere may be answered there before anybody chooses it again.
      return answer.peer === nearest && answer.attempts === 1 ? answer : undefined
    }, 10_000)
    tell(`idle again, it ran calls again after ${inMs(back.at - idleAt)}`)
    const after = await repeat(WHILE_FULL, 2, () => call())
    expect(after.filter(({ peer }) => peer === nearest).length).toBeGreaterThanOrEqual(0.95 * WHILE_FULL)
  },
)
