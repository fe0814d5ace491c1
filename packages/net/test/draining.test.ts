import { WHOLE_BODY_MAX_BYTES, type Answer, type Links, type Services } from '@hither/core'
import { expect, test } from 'vitest'
import { addressOf, link, pair, peer } from './helpers/peers.ts'
import { portOf, proxy, type Proxy } from './helpers/proxy.ts'
import { answerOf, echo, failure, header, NOTHING, pattern, services, wholly } from './helpers/services.ts'

/** A caller whose runner is at the other end of a slow line, and answers with so many bytes. */
async function slowLine(bytes: number, bytesPerS: number): Promise<{ a: Links; b: Links; line: Proxy }> {
  const a = await peer()
  const b = await peer({
    services: services({ call: (from, call, body) => answerOf(call, body, pattern(bytes), from) }),
  })
  const line = await proxy(portOf(addressOf(b)))
  await link(a, line.address, b)
  line.slow(bytesPerS)
  return { a, b, line }
}

/** A runner whose calls last until told. */
function held(): { service: Partial<Services>; running: Promise<void>; finish: () => void } {
  const running = Promise.withResolvers<void>()
  const end = Promise.withResolvers<void>()
  return {
    running: running.promise,
    finish: end.resolve,
    service: {
      async call(from, call, body, options): Promise<Answer> {
        running.resolve()
        await end.promise
        return echo(from, call, body, options)
      },
    },
  }
}

test('a large answer on its way over a slow line gets out whole', async () => {
  const { a, b, line } = await slowLine(6_000_000, 4_000_000)
  const underWay = line.passed(1_000_000)
  const call = wholly(a.call(b.self, header(), NOTHING))
  await underWay
  const stopped = b.stop({ graceMs: 60_000 })
  const answer = await call
  expect(Buffer.compare(answer.body, pattern(6_000_000))).toBe(0)
  expect(answer.trailer.receipt).toBeDefined()
  await stopped
})

test('so does one that libp2p has taken already, however long the line needs for it', async () => {
  const { a, b, line } = await slowLine(200_000, 100_000)
  const underWay = line.passed(10_000)
  const call = wholly(a.call(b.self, header(), NOTHING))
  await underWay
  const stopped = b.stop({ graceMs: 60_000 })
  expect((await call).body).toHaveLength(200_000)
  await stopped
})

test('without grace it is lost', async () => {
  const { a, b, line } = await slowLine(6_000_000, 4_000_000)
  const underWay = line.passed(1_000_000)
  const call = failure(wholly(a.call(b.self, header(), NOTHING)))
  await underWay
  await b.stop()
  expect((await call).code).toBe('link-lost')
})

test('a call that runs is answered; one that comes meanwhile, or has not come whole, is refused', async () => {
  const { service, running, finish } = held()
  const [a, b] = await pair(services(), services(service))
  const call = a.call(b.self, header(), pattern(3))
  await running
  const half = failure(a.call(b.self, header(), pattern(WHOLE_BODY_MAX_BYTES)))
  const stopped = b.stop({ graceMs: 60_000 })
  const late = failure(a.call(b.self, header(), pattern(3)))
  expect([(await half).code, (await late).code]).toEqual(['draining', 'draining'])
  finish()
  expect((await call).body).toEqual(pattern(3))
  await stopped
  expect(b.list()).toEqual([])
})

test('a call that this side made gets its answer', async () => {
  const { service, running, finish } = held()
  const [a, b] = await pair(services(), services(service))
  const call = a.call(b.self, header(), pattern(3))
  await running
  const stopped = a.stop({ graceMs: 60_000 })
  finish()
  expect((await call).body).toEqual(pattern(3))
  await stopped
})

test('two peers that stop at once finish what they do for each other', async () => {
  const there = held()
  const here = held()
  const [a, b] = await pair(services(here.service), services(there.service))
  const calls = Promise.all([
    wholly(a.call(b.self, header(), pattern(3))),
    wholly(b.call(a.self, header(), pattern(4))),
  ])
  await Promise.all([there.running, here.running])
  const stopped = Promise.all([a.stop({ graceMs: 60_000 }), b.stop({ graceMs: 60_000 })])
  there.finish()
  here.finish()
  expect((await calls).map(({ body }) => body.length)).toEqual([3, 4])
  await stopped
})

test('a call that lasts longer than the grace is lost', async () => {
  const { service, running } = held()
  const [a, b] = await pair(services(), services(service))
  const call = failure(a.call(b.self, header(), pattern(3)))
  await running
  await b.stop({ graceMs: 50 })
  expect((await call).code).toBe('link-lost')
})

test('a second stop ends the wait of the first', async () => {
  const { service, running } = held()
  const [a, b] = await pair(services(), services(service))
  const call = failure(a.call(b.self, header(), pattern(3)))
  await running
  const first = b.stop({ graceMs: 60_000 })
  await b.stop()
  await first
  expect((await call).code).toBe('link-lost')
})

test('a caller that is gone is not waited for, and nothing to wait for takes no time', async () => {
  const { service, running } = held()
  const [a, b] = await pair(services(), services(service))
  const call = failure(a.call(b.self, header(), pattern(3)))
  await running
  const stopped = b.stop({ graceMs: 60_000 })
  await a.stop()
  await stopped
  expect((await call).code).toBe('link-lost')
  await (await peer()).stop({ graceMs: 60_000 })
})
