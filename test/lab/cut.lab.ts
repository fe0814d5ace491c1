import { HitherError } from '@hither/core'
import { expect, test } from 'vitest'
import type { Answered } from './support/calls.ts'
import { CALLER, distances, NEAREST } from './support/distances.ts'
import { inMs, share, tell } from './support/figures.ts'
import { seen, stream } from './support/load.ts'
import type { Line } from './support/lan.ts'

const CUTS: { ways: string; line: Line }[] = [
  { ways: 'both ways', line: `${CALLER}-${NEAREST}` },
  { ways: 'on the way to it', line: `${CALLER}>${NEAREST}` },
  { ways: 'on the way from it', line: `${NEAREST}>${CALLER}` },
]

/** Between two GETs of the stream, in ms. */
const EVERY_MS = 50

/** So many GETs run elsewhere before the line is whole again. */
const GETS_ELSEWHERE = 20

const POSTS = 5

test.for(CUTS)(
  'when the nearest is cut off $ways, calls move within 3 s; no GET is lost, no POST runs twice',
  { timeout: 120_000 },
  async ({ ways, line }) => {
    // Only mDNS tells them of each other, so after the heal too only it can bring them together.
    const { lan, runners, call } = await distances()
    const nearest = runners[0].status.peer
    const begun = (id: string): number =>
      runners.reduce((sum, runner) => sum + runner.stderr().split(`begun ${id}.`).length - 1, 0)

    const ids = Array.from({ length: POSTS }, (_, i) => `post-${i}`)
    const posts = ids.map((id) => call(`/?ms=10000&id=${id}`, { method: 'POST' }).catch((error: unknown) => error))
    await seen(() => ids.every((id) => begun(id) === 1) || undefined, 10_000)
    const gets = stream(EVERY_MS, () => call())
    await seen(() => gets.results.find(({ peer }) => peer === nearest), 10_000)

    await lan.cut(line)
    const cutAt = performance.now()
    const elsewhere = (): Answered[] => gets.results.filter(({ peer, at }) => at > cutAt && peer !== nearest)
    const moved = await seen(() => elsewhere()[0], 20_000)
    const lost = await Promise.all(posts)
    await seen(() => elsewhere()[GETS_ELSEWHERE], 20_000)
    await lan.heal()
    const healedAt = performance.now()
    const back = await seen(
      () => gets.results.find(({ peer, at, ms }) => at - ms > healedAt && peer === nearest),
      120_000,
    )
    const all = await gets.stop()

    const longest = Math.max(...all.map(({ ms }) => ms))
    const answered = all.filter(({ status }) => status === 200).length
    tell(
      `cut off ${ways}: calls ran elsewhere after ${inMs(moved.at - cutAt)}; ${share(answered, all.length)} GETs were answered, the longest took ${inMs(longest)}; ${inMs(back.at - healedAt)} after the heal the nearest ran calls again`,
    )
    expect(moved.at - cutAt).toBeLessThan(3000)
    expect(answered).toBe(all.length)
    expect(lost.map((error) => (error instanceof HitherError ? error.code : error))).toEqual(ids.map(() => 'link-lost'))
    expect(ids.map(begun)).toEqual(ids.map(() => 1))
  },
)
