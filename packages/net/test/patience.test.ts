import { queryObjects } from 'node:v8'
import { cidOf, type Links, type Services } from '@hither/core'
import { expect, test } from 'vitest'
import { ANNOUNCE_MAX_MS, BLOCK_FIRST_BYTE_MS, NAME_MAX_MS } from '../src/limits/questions.ts'
import { longTimers, type LongTimers } from './helpers/long-timers.ts'
import { addressOf, link, peer } from './helpers/peers.ts'
import { portOf, proxy, type Proxy } from './helpers/proxy.ts'
import { failure, pattern, services, someCid } from './helpers/services.ts'

interface Asking {
  a: Links
  b: Links
  /** Those of the asker, and of the other side. */
  here: LongTimers
  there: LongTimers
  line: Proxy
  /** Resolves when the other side was asked. */
  asked: Promise<void>
}

/** A peer that asks, and one that answers as told once it is asked. */
async function asking(answer: Partial<Services>): Promise<Asking> {
  const asked = Promise.withResolvers<void>()
  const here = longTimers()
  const there = longTimers()
  const a = await peer({ components: { timers: here } })
  const answers = services(answer)
  const b = await peer({
    services: services({
      block: (...args) => (asked.resolve(), answers.block(...args)),
      announce: (...args) => (asked.resolve(), answers.announce(...args)),
    }),
    components: { timers: there },
  })
  const line = await proxy(portOf(addressOf(b)))
  await link(a, line.address, b)
  return { a, b, here, there, line, asked: asked.promise }
}

test('who accepts the question for a block and never answers is given up soon', async () => {
  const { a, b, here, asked } = await asking({ block: () => new Promise(() => {}) })
  const block = failure(a.block(b.self, someCid))
  await asked
  here.pass(BLOCK_FIRST_BYTE_MS)
  expect(await block).toMatchObject({ code: 'peer-unreachable', why: 'nothing came within 8 s' })
})

test('a block that has begun to come may take longer', async () => {
  const bytes = pattern(600_000)
  const cid = await cidOf(bytes, 'raw')
  const { a, b, here, there, line } = await asking({ block: async () => bytes })
  line.slow(500_000)
  const underWay = line.passed(200_000)
  const block = a.block(b.self, cid)
  await underWay
  here.pass(BLOCK_FIRST_BYTE_MS)
  there.pass(BLOCK_FIRST_BYTE_MS)
  expect(await block).toHaveLength(600_000)
})

test('a block does not come for ever', async () => {
  const { a, b, here, line } = await asking({ block: async () => pattern(600_000) })
  line.slow(500_000)
  const underWay = line.passed(200_000)
  const block = failure(a.block(b.self, someCid))
  await underWay
  here.pass(60_000)
  expect(await block).toMatchObject({ code: 'peer-unreachable', why: 'not all of it came within 60 s' })
})

test('who keeps an announced function has time to fetch it first, on both sides', async () => {
  const fetched = Promise.withResolvers<{ kept: boolean }>()
  const { a, b, here, there, asked } = await asking({ announce: () => fetched.promise })
  const announced = a.announce(b.self, pattern(10))
  await asked
  for (const timers of [here, there]) timers.pass(Math.max(NAME_MAX_MS, ANNOUNCE_MAX_MS - 1))
  fetched.resolve({ kept: true })
  expect(await announced).toEqual({ kept: true })
})

test('an announcement ends with its limit, and earlier with the signal', async () => {
  const { a, b, here, asked } = await asking({ announce: () => new Promise(() => {}) })
  const control = new AbortController()
  const given = failure(a.announce(b.self, pattern(10), { signal: control.signal }))
  const patient = failure(a.announce(b.self, pattern(10)))
  await asked
  control.abort()
  expect((await given).code).toBe('cancelled')
  here.pass(ANNOUNCE_MAX_MS)
  expect((await patient).code).toBe('peer-unreachable')
})

test('questions about names do not wait behind announcements', async () => {
  const { a, b } = await asking({ announce: () => new Promise(() => {}) })
  const control = new AbortController()
  const announced = Array.from({ length: 40 }, () =>
    failure(a.announce(b.self, pattern(10), { signal: control.signal })),
  )
  expect(await a.name(b.self, 'kpublisher', 'hello')).toBeUndefined()
  control.abort()
  expect(new Set((await Promise.all(announced)).map(({ code }) => code))).toEqual(new Set(['cancelled']))
})

function signals(): number {
  return Number(queryObjects(AbortSignal))
}

test('of questions that were answered no signal is kept, whatever became of those given', async () => {
  const { a, b } = await asking({})
  const ROUNDS = 30
  const control = new AbortController()
  const ask = (): Promise<unknown> => {
    const signal = AbortSignal.any([control.signal, AbortSignal.timeout(60_000)])
    return a.name(b.self, 'kpublisher', 'hello', { signal })
  }
  for (let round = 0; round < 5; round++) await ask()
  const before = signals()
  for (let round = 0; round < ROUNDS; round++) await ask()
  // The timeouts given here have a minute to go, and Node keeps each until then; beside them were two of each question.
  expect(signals() - before).toBeLessThan(1.5 * ROUNDS)
})
