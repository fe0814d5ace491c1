import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { askedAt, isAnswered, tried, type Outcome } from './support/calls.ts'
import { CALLS, distances } from './support/distances.ts'
import { after, inMs, quantile, settledAfter, summary, tell } from './support/figures.ts'
import { seen, stream } from './support/load.ts'

/** Before something happens to a peer, and from then on until calls must long have gone elsewhere. */
const BEFORE_MS = 5_000
const AFTER_MS = 5_000

/** How long a peer stands still: longer than any call of the lab may take. */
const STILL_MS = 30_000

test(
  'while the nearest stands still for 30 s calls run elsewhere; when it wakes no late answer is taken for a fresh one',
  { timeout: 240_000 },
  async () => {
    const { runners, nearest, caller, call, rate } = await distances()
    const pid = runners[0]?.pid ?? 0
    const calls = stream(1000 / rate, async (i) => ({ i, outcome: await tried(() => call(`/?id=get-${i}`)) }))
    const outcomes = (): Outcome[] => calls.results.map(({ outcome }) => outcome)
    await pause(BEFORE_MS)
    process.kill(pid, 'SIGSTOP')
    const stillAt = performance.now()
    let noticed: number
    try {
      await seen(async () => (await caller.peers()).every(({ peer }) => peer !== nearest) || undefined, 20_000)
      noticed = performance.now() - stillAt
      await pause(STILL_MS - noticed)
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    const wokenAt = performance.now()
    await pause(AFTER_MS)
    await calls.fill(CALLS)
    const all = await calls.stop()
    const moved = settledAfter(outcomes(), stillAt, ({ peer }) => peer !== nearest)
    const back = settledAfter(outcomes(), wokenAt, ({ peer }) => peer === nearest)
    tell(
      `still for 30 s: noticed after ${inMs(noticed)}; calls moved ${after(moved)}, and back ${after(back)} of waking; at ${rate} calls/s ${summary(outcomes())}`,
    )
    expect(noticed).toBeLessThan(3000)
    expect(outcomes().filter((one) => !isAnswered(one))).toEqual([])
    const mistaken = all.filter(({ i, outcome }) => isAnswered(outcome) && outcome.errand !== `get-${i}`)
    expect(mistaken).toEqual([])
    expect(all.length).toBeGreaterThanOrEqual(CALLS)
  },
)

/** Of so many calls one may not be repeated. */
const POST_EVERY = 5

test('when the nearest is killed, only calls on it that may not be repeated fail', { timeout: 240_000 }, async () => {
  const { runners, nearest, caller, call, rate } = await distances()
  const calls = stream(1000 / rate, async (i) => {
    const method = i % POST_EVERY === 0 ? 'POST' : 'GET'
    return { i, method, outcome: await tried(() => call(`/?ms=20&id=call-${i}`, { method })) }
  })
  await pause(BEFORE_MS)
  const killedAt = performance.now()
  const [killed] = runners
  await killed?.end('SIGKILL')
  await seen(async () => (await caller.peers()).every(({ peer }) => peer !== nearest) || undefined, 20_000)
  const noticedAt = performance.now()
  await pause(AFTER_MS)
  await calls.fill(CALLS)
  const all = await calls.stop()
  const failed = all.filter(({ outcome }) => !isAnswered(outcome))
  tell(
    `killed: noticed after ${inMs(noticedAt - killedAt)}; at ${rate} calls/s ${summary(all.map(({ outcome }) => outcome))}`,
  )
  for (const { method, outcome } of failed) {
    expect({ method, outcome }).toMatchObject({ method: 'POST', outcome: { failed: 'link-lost' } })
    expect(askedAt(outcome)).toBeLessThan(noticedAt)
  }
  const begun = runners.flatMap((runner) => [...runner.stderr().matchAll(/begun (call-\d+)\./g)].map(([, id]) => id))
  const posts = new Set(all.filter(({ method }) => method === 'POST').map(({ i }) => `call-${i}`))
  const times = new Map<string, number>()
  for (const id of begun) if (id !== undefined && posts.has(id)) times.set(id, (times.get(id) ?? 0) + 1)
  expect([...times].filter(([, count]) => count > 1)).toEqual([])
})

/** Round trips to six runners, none much nearer than the others. */
const ALIKE = [10, 11, 12, 13, 14, 15]

/** By then those that are left must do. */
const BACK_MS = 10_000

/** Of the time before, and of each stretch afterwards that is compared with it. */
const STRETCH_MS = 2_000

test(
  'when half of the peers leave at once, p99 is back to 1.5 times of before within 10 s',
  { timeout: 240_000 },
  async () => {
    const { runners, call, rate } = await distances({ roundTrips: ALIKE })
    const calls = stream(1000 / rate, () => tried(() => call('/?ms=5')))
    await pause(BEFORE_MS)
    const leftAt = performance.now()
    await Promise.all(runners.slice(0, runners.length / 2).map((runner) => runner.end('SIGKILL')))
    await pause(BACK_MS + STRETCH_MS)
    await calls.fill(CALLS)
    const all = await calls.stop()
    const before = quantile(between(all, -Infinity, leftAt), 99)
    const back = backWithin(all, leftAt, 1.5 * before)
    tell(
      `half of the peers left: p99 was ${inMs(before)}, and within 1.5 times of it ${after(back)}; at ${rate} calls/s ${summary(all)}`,
    )
    expect(all.filter((one) => !isAnswered(one))).toEqual([])
    expect(back).toBeLessThan(BACK_MS)
  },
)

function between(all: readonly Outcome[], from: number, to: number): Outcome[] {
  return all.filter((one) => askedAt(one) >= from && askedAt(one) < to)
}

/** From when on p99 was no longer above this, in ms; undefined: never. */
function backWithin(all: readonly Outcome[], moment: number, limit: number): number | undefined {
  for (let ms = 0; ms < BACK_MS; ms += 250) {
    const stretch = between(all, moment + ms, moment + ms + STRETCH_MS)
    if (stretch.length > 0 && quantile(stretch, 99) <= limit) return ms
  }
  return undefined
}
