import type { Placement } from '@hither/core'
import { beforeEach, expect, test } from 'vitest'
import { router } from '../src/index.ts'
import { CID_A, CID_B, idle, meet, metrics, query, seeded, warmWith } from './fixtures.ts'

let placement: Placement
beforeEach(() => {
  placement = router()({ random: seeded(1) })
  meet(placement, 'near', 2, 0, idle({ warm: warmWith(CID_A) }))
  meet(placement, 'next', 10)
  meet(placement, 'far', 300)
})

const send = (peer: string, times: number, cid = CID_A): void => {
  for (let i = 0; i < times; i++) placement.observe({ type: 'sent', peer, cid }, 0)
}
const choice = (): string | undefined => placement.route(query(), 0).choice

test('a function that takes nearly all slots of its runner is made warm on the next, by one call', () => {
  send('near', 2)
  expect(choice()).toBe('near')
  send('near', 1)
  expect(choice()).toBe('next')
  send('next', 1)
  expect(choice()).toBe('near')
  placement.observe({ type: 'answered', peer: 'next', cid: CID_A, metrics: metrics({ cold: true, startMs: 20 }) }, 0)
  expect(choice()).toBe('near')
})

test('calls of other functions do not make it hot', () => {
  send('near', 3, CID_B)
  expect(choice()).toBe('near')
})

test('who is too far to be used next is not made warm', () => {
  placement.observe({ type: 'down', peer: 'next' }, 0)
  send('near', 3)
  expect(choice()).toBe('near')
})
