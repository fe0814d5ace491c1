import { HitherError, wholeShare, type Share } from '@hither/core'
import { describe, expect, test } from 'vitest'
import { Backlog, type BacklogInit } from '../../src/host/backlog.ts'
import { excess } from '../../src/host/caps.ts'
import { Ticket } from '../../src/host/ticket.ts'
import { bench, ENDLESS, failure, handler, makeJob, pidsOf, text, until, type JobInit } from './support.ts'

const WAITS = handler(`await new Promise((go) => setTimeout(go, 60_000))`)
const HELLO = handler(`return new Response('hello')`)
const COUNT = handler('return new Response(String((globalThis.count = (globalThis.count ?? 0) + 1)))')

async function ticket(share: Partial<Share>, init: JobInit = {}, source = HELLO): Promise<Ticket> {
  return new Ticket(await makeJob(source, { ...init, share }), () => 0)
}

describe('what is counted', () => {
  test('calls of a publisher, whoever asks; of a caller, whomever’s', async () => {
    const here = [await ticket({})]
    expect(excess(await ticket({ calls: 1 }, { caller: 'other' }), here)).toEqual({ cap: 'calls', limit: 1 })
    expect(excess(await ticket({ calls: 2 }), here)).toBeUndefined()
    expect(excess(await ticket({ calls: 1 }, { cordon: 'other' }), here)).toBeUndefined()
    const capped = { cap: 'callerCalls', limit: 1 }
    expect(excess(await ticket({ callerCalls: 1 }, { cordon: 'other' }), here)).toEqual(capped)
    expect(excess(await ticket({ callerCalls: 1 }, { caller: 'other' }), here)).toBeUndefined()
    expect(excess(await ticket({ calls: 1, callerCalls: 1 }), [])).toBeUndefined()
  })

  test('functions of a publisher, each once', async () => {
    const here = [await ticket({}), await ticket({})]
    expect(excess(await ticket({ functions: 1 }), here)).toBeUndefined()
    expect(excess(await ticket({ functions: 1 }, {}, WAITS), here)).toEqual({ cap: 'functions', limit: 1 })
    expect(excess(await ticket({ functions: 2 }, {}, WAITS), here)).toBeUndefined()
  })
})

test('who is refused by a cap is told to come again by how long those that run have lasted, however free the runner is', async () => {
  let now = 0
  const at = async (ms: number, init: JobInit = {}): Promise<Ticket> => {
    now = ms
    return new Ticket(await makeJob(WAITS, init), () => now)
  }
  const backlog = new Backlog({} as BacklogInit)
  const [first, second, foreign] = [await at(0), await at(40), await at(990, { cordon: 'other', caller: 'other' })]
  const newcomer = await at(50)
  expect(backlog.cappedMs(2, newcomer, [first, second])).toBe(25)
  now = 1000
  expect(backlog.cappedMs(2, newcomer, [first, second, foreign])).toBe(480)
})

test('one call more than a cap allows is refused at once, by its name, and one that ended makes room', async () => {
  const { runner } = bench()
  const giveUp = new AbortController()
  const first = failure(runner.run(await makeJob(WAITS, { share: { calls: 1 } }), giveUp))
  const error = await failure(runner.run(await makeJob(WAITS, { share: { calls: 1 }, caller: 'other' })))
  expect(error).toMatchObject({ code: 'busy', retry: 'elsewhere', data: { cap: 'calls', limit: 1 } })
  expect(error.data?.['retryAfterMs']).toBeGreaterThan(0)
  expect(await text(runner.run(await makeJob(HELLO, { cordon: 'another', share: { calls: 1 } })))).toBe('hello')
  giveUp.abort()
  await first
  for (let n = 0; n < 3; n += 1) {
    expect(await text(runner.run(await makeJob(HELLO, { share: { calls: 1 } })))).toBe('hello')
  }
})

test('what waits when its owner takes all back does not begin any more', async () => {
  const { runner } = bench({ slots: 1 })
  const giveUp = new AbortController()
  const first = failure(runner.run(await makeJob(WAITS), giveUp))
  await until(() => runner.load().busy === 1)
  let admitted = true
  const job = await makeJob(HELLO, { cordon: 'other' })
  const share = (): Share => {
    if (admitted) return wholeShare('other')
    throw new HitherError('not-admitted', 'no more')
  }
  const second = failure(runner.run({ ...job, share }))
  expect(runner.load().queued).toBe(1)
  admitted = false
  giveUp.abort()
  expect((await second).code).toBe('not-admitted')
  expect((await first).code).toBe('cancelled')
  expect((await failure(runner.run({ ...job, share }))).code).toBe('not-admitted')
  expect(runner.load()).toMatchObject({ busy: 0, queued: 0 })
})

test('of a publisher’s functions no more are kept warm than it may have', async () => {
  const { runner } = bench()
  const share = { functions: 1 }
  expect(await text(runner.run(await makeJob(COUNT, { share })))).toBe('1')
  expect(await text(runner.run(await makeJob(COUNT, { share })))).toBe('2')
  await runner.run(await makeJob(HELLO, { share }))
  expect(runner.warm()).toHaveLength(1)
  expect(await text(runner.run(await makeJob(COUNT, { share })))).toBe('1')
})

test('a function that may use more than its publisher has is not supported', async () => {
  const { runner } = bench()
  const job = await makeJob(HELLO, { share: { memoryMb: 64 }, limits: { memoryMb: 128 } })
  expect(await failure(runner.run(job))).toMatchObject({ code: 'unsupported', why: expect.stringContaining('64 MB') })
})

test('functions of one publisher that together hold more than it may have end, and no other’s', async () => {
  const on = bench()
  const giveUp = new AbortController()
  const bystander = failure(on.runner.run(await makeJob(WAITS, { cordon: 'bystander', limits: ENDLESS }), giveUp))
  // Each well within its own limit. Who is left when some have ended may be within the cap, and would stay for good.
  const holds = (note: string): string =>
    handler(`globalThis.held = new Uint8Array(60e6).fill(1); await new Promise((go) => setTimeout(go, 60_000))`, note)
  const share = { memoryMb: 128 }
  const ended: HitherError[] = []
  for (const note of ['a', 'b', 'c']) {
    const job = await makeJob(holds(note), { share, limits: ENDLESS })
    void failure(on.runner.run(job, giveUp)).then((error) => ended.push(error))
  }
  await until(() => ended.length > 0)
  expect(ended[0]).toMatchObject({ code: 'sandbox-crashed', why: expect.stringContaining('128 MB') })
  giveUp.abort()
  expect((await bystander).code).toBe('cancelled')
})

test('a publisher with one core burns on one, and its light functions answer beside that', async () => {
  const on = bench({ cores: 2 })
  const giveUp = new AbortController()
  const share = { cores: 1 }
  const light = await makeJob(HELLO, { share })
  await on.runner.run(light)
  const busy = await makeJob(handler('for (;;);'), { share, limits: ENDLESS })
  const burners = [failure(on.runner.run(busy, giveUp))]
  // Known to burn from then on.
  await until(() => pidsOf(on).length >= 2)
  for (let n = 0; n < 20; n += 1) expect(await text(on.runner.run(light))).toBe('hello')
  burners.push(failure(on.runner.run(busy, giveUp)))
  expect(on.runner.load()).toMatchObject({ busy: 1, queued: 1 })
  // Another publisher has the other core.
  const other = await makeJob(HELLO, { cordon: 'other' })
  expect(await text(on.runner.run(other))).toBe('hello')
  giveUp.abort()
  expect((await Promise.all(burners)).map(({ code }) => code)).toEqual(['cancelled', 'cancelled'])
})
