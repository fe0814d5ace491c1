import { expect, test } from 'vitest'
import { Ticket } from '../../src/host/ticket.ts'
import { makeJob } from './jobs.ts'

test('a call that is taken back from where it was warm and starts cold elsewhere is measured from there', async () => {
  let now = 0
  const ticket = new Ticket(await makeJob('export default 1'), () => now)
  now = 5
  ticket.sent(false, false, now)
  now = 105
  ticket.sent(true, true, now)
  now = 125
  ticket.started()
  now = 130
  expect(ticket.metrics()).toEqual({ fetchMs: 0, queueMs: 105, startMs: 20, runMs: 5, cpuMs: 0, cold: true })
})

test('before it was sent nothing is measured; while it starts, nothing has run', async () => {
  const ticket = new Ticket(await makeJob('export default 1'), () => 7)
  expect(ticket.metrics()).toBeUndefined()
  ticket.sent(true, true, 7)
  expect(ticket.metrics()).toMatchObject({ startMs: 0, runMs: 0 })
})
