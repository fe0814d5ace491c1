import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { isAnswered, tried, type Outcome } from './support/calls.ts'
import { CALLER, CALLS, NEAREST } from './support/distances.ts'
import { after, inMs, settledAfter, summary, tell } from './support/figures.ts'
import type { Line } from './support/lan.ts'
import { repeat, seen, stream, type Stream } from './support/load.ts'
import { sharedDistances } from './support/shared.ts'

const LINE: Line = `${CALLER}-${NEAREST}`

/** Before a line changes, and from then on until calls must long have gone elsewhere. */
const BEFORE_MS = 4_000
const AFTER_MS = 8_000

/** Round trips to the runners, in ms: whoever has to leave the nearest is much better off with the next. */
const ROUND_TRIPS = [2, 20, 160]

const network = sharedDistances({ roundTrips: ROUND_TRIPS })

/** GETs at the pace of this machine. */
function gets(): Stream<Outcome> {
  const { call, rate } = network()
  return stream(1000 / rate, () => tried(() => call()))
}

test('when the line to the nearest grows from 2 to 80 ms, calls move within 5 s', { timeout: 240_000 }, async () => {
  const { lan, nearest, rate, calm } = network()
  await calm()
  const calls = gets()
  await pause(BEFORE_MS)
  await lan.roundTrip(LINE, 80)
  const grewAt = performance.now()
  await pause(AFTER_MS)
  await calls.fill(CALLS)
  const all = await calls.stop()
  const moved = settledAfter(all, grewAt, ({ peer }) => peer !== nearest)
  tell(`the nearest went from 2 to 80 ms: calls moved ${after(moved)}; at ${rate} calls/s ${summary(all)}`)
  expect(moved).toBeLessThan(5000)
  expect(all.filter((one) => !isAnswered(one))).toEqual([])
})

const CUTS: { ways: string; line: Line }[] = [
  { ways: 'both ways', line: LINE },
  { ways: 'on the way to it', line: `${CALLER}>${NEAREST}` },
  { ways: 'on the way from it', line: `${NEAREST}>${CALLER}` },
]

const POSTS = 5

/** They still run when the cut is long noticed. */
const POST_MS = 10_000
const POST_DEADLINE_MS = 20_000

test(
  'when the nearest is cut off both ways or one way, that is noticed within 3 s; no GET is lost, no POST runs twice; after the heal it runs calls again',
  { timeout: 240_000 },
  async () => {
    const { lan, runners, nearest, caller, call, rate, calm } = network()
    await calm()
    const begun = (id: string): number =>
      runners.reduce((sum, runner) => sum + runner.stderr().split(`begun ${id}.`).length - 1, 0)
    const calls = gets()
    const cuts: { ways: string; cutAt: number; noticed: number; healedAt: number }[] = []
    for (const { ways, line } of CUTS) {
      const ids = Array.from({ length: POSTS }, (_, i) => `post-${ways}-${i}`.replaceAll(' ', '-'))
      const errand = { method: 'POST', prefer: [nearest], deadlineMs: POST_DEADLINE_MS }
      const posts = ids.map((id) => tried(() => call(`/?ms=${POST_MS}&id=${id}`, errand)))
      await seen(() => ids.every((id) => begun(id) === 1) || undefined, 10_000)
      await lan.cut(line)
      const cutAt = performance.now()
      await seen(async () => (await caller.peers()).every(({ peer }) => peer !== nearest) || undefined, 20_000)
      const noticed = performance.now() - cutAt
      const lost = await Promise.all(posts)
      await lan.heal()
      const healedAt = performance.now()
      // Only mDNS tells them of each other, so after the heal too only it can bring them together.
      await seen(() => calls.results.slice(-100).filter(isOn(nearest)).length > 90 || undefined, 60_000)
      cuts.push({ ways, cutAt, noticed, healedAt })
      expect(lost).toMatchObject(ids.map(() => ({ failed: 'link-lost' })))
      expect(ids.map(begun)).toEqual(ids.map(() => 1))
    }
    await calls.fill(CALLS)
    const all = await calls.stop()
    for (const { ways, cutAt, noticed, healedAt } of cuts) {
      const moved = settledAfter(all, cutAt, ({ peer }) => peer !== nearest, healedAt)
      const back = settledAfter(all, healedAt, ({ peer }) => peer === nearest)
      tell(
        `cut off ${ways}: noticed after ${inMs(noticed)}; calls moved ${after(moved)}, and back ${after(back)} of the heal`,
      )
      expect(noticed).toBeLessThan(3000)
      expect(moved).toBeLessThan(3000)
    }
    tell(`three times cut off and whole again: at ${rate} calls/s ${summary(all)}`)
    expect(all.filter((one) => !isAnswered(one))).toEqual([])
  },
)

function isOn(peer: string): (one: Outcome) => boolean {
  return (one) => isAnswered(one) && one.peer === peer
}

const LOSSES = [
  { percent: 1, succeed: 0.999 },
  { percent: 5, succeed: 0.99 },
  { percent: 10, succeed: 0.97 },
]

test.for(LOSSES)(
  'while every line loses $percent % of the packets, GETs succeed all the same',
  { timeout: 240_000 },
  async ({ percent, succeed }) => {
    const { lan, runners, call, calm } = network()
    await calm()
    for (const [i] of runners.entries()) await lan.loss(`${CALLER}-${i + 1}`, percent / 100)
    const all = await repeat(CALLS, 16, () => tried(() => call()))
    tell(`every line loses ${percent} %: ${summary(all)}`)
    expect(all.filter(isAnswered).length).toBeGreaterThanOrEqual(succeed * CALLS)
  },
)
