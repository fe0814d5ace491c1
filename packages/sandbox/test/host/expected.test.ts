import { expect, test } from 'vitest'
import type { Expected, Job } from '@hither/core'
import { FRAME } from '../../src/ipc/frames.ts'
import { fakeSandbox } from './fake-sandbox.ts'
import { bench, failure, handler, KNOWN_AFTER, makeJob, text, until, whole, type Bench } from './support.ts'

const OTHER = handler('', 'another')

test('a call that was expected has the load that is under way for its own', async () => {
  let now = 0
  const fake = await fakeSandbox(() => now)
  const { sandbox } = fake
  const { key } = await fake.expect()
  expect(sandbox.expects(key)).toBe(true)
  expect(sandbox.expects('another')).toBe(false)
  expect(sandbox.calls.size).toBe(0)
  const ticket = await fake.call()
  expect(sandbox.turns.unanswered.map(({ kind, owner }) => ({ kind, owner }))).toEqual([
    { kind: 'load', owner: ticket },
    { kind: 'call', owner: ticket },
  ])
  expect(sandbox.hasBegun(ticket)).toBe(true)
  expect(sandbox.expects(key)).toBe(false)
  now = 5
  fake.says(FRAME.loaded, 1)
  now = 7
  expect(ticket.metrics()).toMatchObject({ cold: true, startMs: 5, runMs: 2 })
})

test('one that finds its function loaded waited for nothing, and is cold all the same; the next is warm', async () => {
  const fake = await fakeSandbox(() => 0)
  const { key } = await fake.expect()
  fake.says(FRAME.loaded, 1)
  expect(fake.sandbox.expects(key)).toBe(false)
  expect((await fake.call()).metrics()).toMatchObject({ cold: true, startMs: 0 })
  expect((await fake.call()).metrics()).toMatchObject({ cold: false })
})

test('of functions that were loaded for calls that never came there is one', async () => {
  const fake = await fakeSandbox(() => 0)
  const first = await fake.expect()
  fake.says(FRAME.loaded, 1)
  const second = await fake.expect({}, OTHER)
  expect(fake.sandbox.isWarm(first.key)).toBe(false)
  expect(fake.sandbox.isWarm(second.key)).toBe(true)
})

test('one whose load came too late is placed anew', async () => {
  const fake = await fakeSandbox(() => 0)
  const { key } = await fake.expect()
  const ticket = await fake.call()
  fake.says(FRAME.lost, 1)
  fake.says(FRAME.returned, ticket.callId)
  expect(fake.sandbox.isWarm(key)).toBe(false)
  expect(fake.sandbox.calls.size).toBe(0)
  expect(ticket.leases).toBe(1)
})

/** A runner with a process of the publisher's that is idle. */
async function idle(): Promise<Bench> {
  const made = bench({ cores: 1 })
  await made.runner.start()
  const first = await makeJob(handler('return new Response("first")'))
  // A first call that took long has the process for itself until it is known better.
  for (let i = 0; i < KNOWN_AFTER; i += 1) await text(made.runner.run(first))
  return made
}

/** The word in advance of a job. */
function wordOf(job: Job, code: () => string): Expected {
  return { ...job, code }
}

test('a function is loaded for a call that is expected, and nothing else is taken for it', async () => {
  const { runner, children } = await idle()
  const code = handler('return new Response("expected")')
  const job = await makeJob(code)
  runner.expect(wordOf(job, () => code))
  expect(runner.isWarm(job.cid)).toBe(true)
  expect(runner.load()).toMatchObject({ busy: 0, queued: 0 })
  const answer = await whole(runner.run({ ...job, code: () => Promise.reject(new Error('asked')) }))
  expect(new TextDecoder().decode(answer.body)).toBe('expected')
  expect(answer.metrics.cold).toBe(true)
  // The spare one, and that which serves.
  expect(children.length).toBe(2)
})

test('nothing is loaded where something runs, where its publisher has no process, or where it may have nothing', async () => {
  const { runner, children } = await idle()
  const code = handler('return new Response("expected")')
  const asked = (): never => {
    throw new Error('its code was asked for')
  }
  const job = await makeJob(code)
  const waits = runner.run(await makeJob(handler('return new Promise((end) => setTimeout(end, 60000))')))
  const left = failure(waits)
  await until(() => runner.load().busy > 0)
  runner.expect(wordOf(job, asked))
  runner.interrupt('abort')
  await left
  await until(() => runner.load().busy === 0)
  const before = children.length
  runner.expect(wordOf(await makeJob(code, { cordon: 'stranger' }), asked))
  const denied = { ...job, share: asked }
  runner.expect(wordOf(denied, asked))
  expect(runner.isWarm(job.cid)).toBe(false)
  expect(children.length).toBe(before)
})

test('what does not load tells its call, as if nobody had expected it', async () => {
  const { runner } = await idle()
  const code = 'throw new Error("no"); export default () => 1'
  const job = await makeJob(code)
  runner.expect(wordOf(job, () => code))
  expect(await failure(runner.run(job))).toMatchObject({ code: 'handler-invalid' })
  runner.expect(wordOf(job, () => code))
  await until(() => !runner.isWarm(job.cid))
  expect(await failure(runner.run(job))).toMatchObject({ code: 'handler-invalid' })
})
