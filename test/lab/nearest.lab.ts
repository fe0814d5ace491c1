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

/** A runner that lends one core has 32 slots, and room for 8 calls that wait. */
const PLACES = 40
const WHILE_FULL = 200

/** So long the other's calls hold their places: a call that waited for one of these would show. */
const FILLED_MS = 60_000

test(
  'while somebody else fills the nearest, calls run on what it keeps for others or on the second nearest; then on the nearest again',
  { timeout: 240_000 },
  async () => {
    const { net, runners, caller, call } = await distances({ args: ['--cores', '1'] })
    const [nearest, second] = runners.map(({ status }) => status.peer)
    const { publisher } = await caller.id()

    // Somebody else, who knows the nearest alone, fills it: the caller can only learn of it from what the runner says.
    const reach = ['--no-mdns', '--bootstrap', runners[0]?.status.addresses[0] ?? '']
    const other = await controlOf((await net.upOnLan('other', reach, on(FREE))).home)
    const leave = new AbortController()
    const long = { target: `${publisher}/errand`, path: `/?ms=${FILLED_MS}` }
    const filling = Array.from({ length: PLACES }, () =>
      callFrom(other, long, leave.signal).catch((error: unknown) => error),
    )
    const runner = await controlOf(runners[0]?.home ?? '')
    await seen(async () => {
      const { busy = 0, queued = 0 } = (await runner.status()).runner ?? {}
      return busy + queued >= PLACES || undefined
    }, 30_000)

    const full = await repeat(WHILE_FULL, 2, () => call())
    const refusedFirst = full.filter(({ attempts }) => attempts > 1).length
    tell(
      `while another caller had all that it may have of the nearest, ${share(full.filter(({ peer }) => peer === nearest).length, WHILE_FULL)} calls ran there, on places kept for others; ${refusedFirst} in all after a refusal; ${spread(full)}`,
    )
    expect(full.every(({ peer, ms }) => (peer === nearest || peer === second) && ms < FILLED_MS / 2)).toBe(true)
    expect(refusedFirst).toBeLessThan(WHILE_FULL / 10)

    leave.abort()
    await Promise.all(filling)
    const idleAt = performance.now()
    const back = await seen(async () => {
      const answer = await call()
      return answer.peer === nearest ? answer : undefined
    }, 30_000)
    tell(`idle again, it ran calls again after ${inMs(back.at - idleAt)}`)
    const after = await repeat(WHILE_FULL, 2, () => call())
    expect(after.filter(({ peer }) => peer === nearest).length).toBeGreaterThanOrEqual(0.95 * WHILE_FULL)
  },
)
