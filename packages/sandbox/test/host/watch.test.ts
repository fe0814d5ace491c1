import { beforeEach, expect, test } from 'vitest'
import type { Blame } from '../../src/host/blame.ts'
import {
  ASLEEP_MAX_MS,
  CPU_SLACK_MS,
  UNANSWERED_MAX_MS,
  UNANSWERED_TURNS_MAX,
  WATCH_MS,
} from '../../src/host/limits.ts'
import { Watch } from '../../src/host/watch.ts'
import { LOAD_CPU_MS, LOAD_WAIT_MS } from '../../src/guest/wall/limits.ts'
import { FRAME } from '../../src/ipc/frames.ts'
import { fakeSandbox, type FakeSandbox } from './fake-sandbox.ts'

let now = 0
let fake: FakeSandbox
let watch: Watch

beforeEach(async () => {
  now = 0
  fake = await fakeSandbox(() => now)
  watch = new Watch(fake.sandbox, () => now)
})

/** Its process burns for so long, and is looked at before and after. Gives who is to blame. */
function burn(ms: number): Blame | undefined {
  watch.look()
  now += ms
  fake.sample.cpuMs += ms
  const verdict = watch.look()
  return verdict !== undefined && 'kill' in verdict ? verdict.kill : undefined
}

test('what a function burns while it loads is not charged to its call', async () => {
  const ticket = await fake.call({ limits: { cpuMs: 100 } })
  expect(burn(2000)).toBeUndefined()
  fake.says(FRAME.loaded, 1)
  expect(ticket.metrics()?.cpuMs).toBe(0)
  expect(burn(100 + CPU_SLACK_MS)).toBeUndefined()
  const blame = burn(1)
  expect(blame?.error.code).toBe('limit-cpu')
  expect(blame?.guilty(ticket)).toBe(true)
})

test('a top level that never ends is blamed as one', async () => {
  const ticket = await fake.call({ limits: { cpuMs: 60_000 } })
  expect(burn(LOAD_CPU_MS + CPU_SLACK_MS)).toBeUndefined()
  const blame = burn(1)
  expect(blame?.error).toMatchObject({ code: 'handler-invalid', why: expect.stringContaining('top level') as string })
  expect(blame?.guilty(ticket)).toBe(true)
})

/** It is looked at for so long, as often as usual. Gives the first that is to blame. */
function watched(ms: number): Blame | undefined {
  for (let past = 0; past < ms; past += WATCH_MS) {
    now += WATCH_MS
    const verdict = watch.look()
    if (verdict !== undefined && 'kill' in verdict) return verdict.kill
  }
  return undefined
}

test('a turn that sleeps and takes no time never ends: V8 has lost it', async () => {
  const ticket = await fake.call({ limits: { cpuMs: 60_000 } })
  fake.says(FRAME.loaded, 1)
  fake.sample.asleep = true
  watch.look()
  expect(watched(ASLEEP_MAX_MS - WATCH_MS)).toBeUndefined()
  const blame = watched(2 * WATCH_MS)
  expect(blame?.error.code).toBe('limit-memory')
  expect(blame?.guilty(ticket)).toBe(true)
})

test('one that waits for the processor, or has other threads at work, or that nobody looked at, does not sleep', async () => {
  await fake.call({ limits: { cpuMs: 60_000 } })
  fake.says(FRAME.loaded, 1)
  watch.look()
  expect(watched(2 * ASLEEP_MAX_MS)).toBeUndefined()
  fake.sample.asleep = true
  for (let i = 0; i < 10; i += 1) {
    expect(watched(ASLEEP_MAX_MS / 2)).toBeUndefined()
    fake.sample.cpuMs += 10
  }
  now += 10 * ASLEEP_MAX_MS
  expect(watched(WATCH_MS)).toBeUndefined()
})

test('a thread that waits for another one, which gets no processor time, is not lost but starved', async () => {
  const ticket = await fake.call({ limits: { cpuMs: 60_000 } })
  fake.says(FRAME.loaded, 1)
  fake.sample.asleep = true
  fake.threads.wait = true
  watch.look()
  expect(watched(4 * ASLEEP_MAX_MS)).toBeUndefined()
  fake.threads.wait = false
  expect(watched(ASLEEP_MAX_MS - WATCH_MS)).toBeUndefined()
  expect(watched(2 * WATCH_MS)?.guilty(ticket)).toBe(true)
})

test('a load may sleep for as long as a top-level await may take', async () => {
  await fake.call({ limits: { cpuMs: 60_000 } })
  fake.sample.asleep = true
  watch.look()
  expect(watched(LOAD_WAIT_MS + ASLEEP_MAX_MS - WATCH_MS)).toBeUndefined()
  expect(watched(2 * WATCH_MS)?.error.code).toBe('limit-memory')
})

test('a process that tells of one turn after another, and never ends what was cancelled, is broken', async () => {
  const ticket = await fake.call({ limits: { cpuMs: 300 } })
  fake.says(FRAME.loaded, 1)
  fake.says(FRAME.pending, ticket.callId)
  ticket.cancelledMs = now
  let blame: Blame | undefined
  const turns = (count: number): void => {
    for (let turn = 0; turn < count && blame === undefined; turn += 1) {
      fake.says(FRAME.resumed, 1)
      fake.sample.cpuMs += WATCH_MS
      blame = watched(WATCH_MS)
    }
  }
  turns(UNANSWERED_MAX_MS / WATCH_MS)
  expect(blame).toBeUndefined()
  turns(UNANSWERED_TURNS_MAX + 2)
  expect(blame?.guilty(ticket)).toBe(true)
})

test('one that has been in a long turn since is not, and what others ask of it meanwhile changes nothing', async () => {
  const ticket = await fake.call({ limits: { cpuMs: 60_000 } })
  fake.says(FRAME.loaded, 1)
  fake.says(FRAME.pending, ticket.callId)
  await fake.call({ limits: { cpuMs: 60_000 } })
  ticket.cancelledMs = now
  expect(watched(3 * UNANSWERED_MAX_MS)).toBeUndefined()
})
