import {
  blockOf,
  decodeMessage,
  FRAME_MAX_BYTES,
  MANIFEST_MAX_BYTES,
  manifestBlock,
  RECORD_MAX_BYTES,
  type Kit,
} from '@hither/core'
import { expect, test } from 'vitest'
import { KIT_MAX_MS, KITS_AT_ONCE_MAX } from '../src/limits/questions.ts'
import { giver, kits, type Kits } from '../src/protocols/call/kits.ts'
import { manualTime, type ManualTime } from './helpers/manual-timers.ts'
import { settle } from './helpers/call-ends.ts'
import { failure, manifestOf, pattern, someCid } from './helpers/services.ts'

/** Of CBOR. */
const EMPTY_MAP = 0xa0

interface Asking {
  asks: Kits
  time: ManualTime
  /** Questions that the other end has not answered. */
  sent: [id: number, question: Uint8Array][]
}

function asking(): Asking {
  const time = manualTime()
  const sent: Asking['sent'] = []
  const asks = kits({ peer: 'other', timers: time.timers, send: (id, question) => void sent.push([id, question]) })
  return { asks, time, sent }
}

/** What the other end says to the next question, where it has this. */
async function answerTo({ asks, sent }: Asking, kit: Kit): Promise<void> {
  const [id, question] = sent.shift() ?? [0, new Uint8Array(0)]
  const said = Promise.withResolvers<Uint8Array>()
  giver({ services: { kit: async () => kit }, from: 'me', send: (_, payload) => said.resolve(payload) })(id, question)
  asks.came(id, await said.promise)
}

test('whoever gives up hears so, and what comes after that disturbs nobody', async () => {
  const on = asking()
  const impatient = new AbortController()
  const given = failure(on.asks.ask(someCid, undefined, impatient.signal))
  const late = failure(on.asks.ask(someCid, undefined, undefined))
  await settle()
  impatient.abort()
  expect((await given).code).toBe('cancelled')
  on.time.advance(KIT_MAX_MS)
  expect(await late).toMatchObject({ code: 'peer-unreachable' })
  await answerTo(on, {})
  await answerTo(on, {})
  expect(() => on.asks.came(1, new Uint8Array(0))).toThrow(/call protocol/)
})

test('so many are asked at once, and the next when one is answered, also to somebody who gave up', async () => {
  const on = asking()
  const impatient = new AbortController()
  const first = failure(on.asks.ask(someCid, undefined, impatient.signal))
  const others = Array.from({ length: KITS_AT_ONCE_MAX }, () => on.asks.ask(someCid, 'kpublisher', undefined))
  await settle()
  impatient.abort()
  await first
  await settle()
  expect(on.sent).toHaveLength(KITS_AT_ONCE_MAX)
  await answerTo(on, {})
  await settle()
  expect(on.sent).toHaveLength(KITS_AT_ONCE_MAX)
  while (on.sent.length > 0) await answerTo(on, { voucher: pattern(3) })
  expect(await Promise.all(others)).toEqual(others.map(() => ({ voucher: pattern(3) })))
})

test('whoever gives up in the moment in which its turn comes is not asked for', async () => {
  const on = asking()
  const impatient = new AbortController()
  const others = Array.from({ length: KITS_AT_ONCE_MAX }, () => on.asks.ask(someCid, undefined, undefined))
  const given = failure(on.asks.ask(someCid, undefined, impatient.signal))
  const next = on.asks.ask(someCid, undefined, undefined)
  await settle()
  const [[first] = [0]] = on.sent.splice(0, 1)
  on.asks.came(first, Uint8Array.of(EMPTY_MAP))
  impatient.abort()
  await settle()
  expect((await given).code).toBe('cancelled')
  while (on.sent.length > 0) await answerTo(on, {})
  expect(await Promise.all([...others, next])).toHaveLength(KITS_AT_ONCE_MAX + 1)
})

test('nothing is waited for where the link ends', async () => {
  const on = asking()
  const waits = Array.from({ length: 2 * KITS_AT_ONCE_MAX + 1 }, () =>
    failure(on.asks.ask(someCid, undefined, undefined)),
  )
  await settle()
  on.asks.end()
  const told = await Promise.all(waits)
  expect(new Set(told.map(({ code, why }) => `${code}: ${why}`))).toEqual(
    new Set(['peer-unreachable: the link to it has ended']),
  )
  expect(on.sent).toHaveLength(KITS_AT_ONCE_MAX)
  expect((await failure(on.asks.ask(someCid, undefined, undefined))).code).toBe('peer-unreachable')
})

test('who asks for more than there are places is cut off', () => {
  const give = giver({ services: { kit: () => new Promise(() => {}) }, from: 'greedy', send: () => {} })
  for (let id = 1; id <= KITS_AT_ONCE_MAX; id++) give(id, new Uint8Array(0))
  expect(() => give(KITS_AT_ONCE_MAX + 1, new Uint8Array(0))).toThrow(/call protocol/)
})

test('what does not fit into a frame is left out, and where nothing can be had nothing is given', async () => {
  const bundle = await blockOf(pattern(FRAME_MAX_BYTES), 'raw')
  const { bytes: manifest } = await manifestBlock(manifestOf(bundle.cid))
  const whole: Kit = { voucher: pattern(100), manifest, bundle: bundle.bytes }
  const given = (kit: () => Promise<Kit>): Promise<unknown> =>
    new Promise((resolve) => {
      const on = asking()
      void on.asks.ask(someCid, undefined, undefined)
      setImmediate(() => {
        const [[id, question] = [0, new Uint8Array(0)]] = on.sent
        giver({ services: { kit }, from: 'me', send: (_, payload) => resolve(decodeMessage(payload)) })(id, question)
      })
    })
  expect(await given(async () => whole)).toEqual({ voucher: pattern(100), manifest })
  expect(await given(async () => ({ ...whole, bundle: pattern(9) }))).toEqual({ ...whole, bundle: pattern(9) })
  expect(await given(async () => ({ ...whole, manifest: pattern(FRAME_MAX_BYTES) }))).toEqual({ voucher: pattern(100) })
  const longest: Kit = { voucher: pattern(RECORD_MAX_BYTES), manifest: pattern(MANIFEST_MAX_BYTES) }
  expect(await given(async () => longest)).toEqual(longest)
  expect(await given(() => Promise.reject(new Error('the disk is broken')))).toEqual({})
})
