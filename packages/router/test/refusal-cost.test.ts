import { expect, test } from 'vitest'
import { router } from '../src/index.ts'
import { CID_A, idle, query } from './fixtures.ts'

test('who was full each second time that it spoke comes after somebody a little farther who never was', () => {
  const placement = router()({ random: () => 0 })
  for (const [peer, ms] of [
    ['near', 20],
    ['far', 40],
  ] as const) {
    placement.observe({ type: 'up', peer }, 0)
    for (let i = 0; i < 8; i++) placement.observe({ type: 'rtt', peer, ms }, i)
  }
  const ask = (now: number): string | undefined => placement.route(query({ cid: CID_A }), now).choice
  const speak = (now: number, busy: number): void => {
    placement.observe({ type: 'state', peer: 'near', state: idle({ slots: 4, busy, queued: busy === 4 ? 1 : 0 }) }, now)
    placement.observe({ type: 'state', peer: 'far', state: idle({ slots: 4, busy: 0 }) }, now)
  }
  speak(10, 0)
  expect(ask(11)).toBe('near')
  for (let i = 1; i <= 4; i++) {
    speak(2000 * i, 4)
    speak(2000 * i + 1000, 0)
  }
  expect(ask(9001)).toBe('far')
})
