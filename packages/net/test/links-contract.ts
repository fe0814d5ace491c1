import {
  BLOCK_MAX_BYTES,
  blockOf,
  checkReceipt,
  cidOf,
  digestOf,
  HEADER_MAX_BYTES,
  HitherError,
  isWhole,
  manifestBlock,
  hashRequest,
  makeReceipt,
  WHOLE_BODY_MAX_BYTES,
  type Kit,
  type Links,
  type Services,
} from '@hither/core'
import { SECRETS_RECORD_MAX_BYTES } from '@hither/core/secrets'
import { describe, expect, test } from 'vitest'
import { bodiesContract } from './bodies-contract.ts'
import {
  answerOf,
  failure,
  header,
  manifestOf,
  METRICS,
  NOTHING,
  pattern,
  services,
  sha256,
  someCid,
  STATE,
  wholly,
} from './helpers/services.ts'

/** What every implementation of `Links` does. `make` gives two started peers with a link between them. */
export function linksContract(name: string, make: (a: Services, b: Services) => Promise<[Links, Links]>): void {
  bodiesContract(name, make)
  describe(`${name} as Links`, () => {
    const linked = (b: Partial<Services> = {}): Promise<[Links, Links]> => make(services(), services(b))

    test('lists the other peer on both sides', async () => {
      const [a, b] = await linked()
      expect(a.list()).toMatchObject([{ peer: b.self, direction: 'outbound' }])
      expect(b.list()).toMatchObject([{ peer: a.self, direction: 'inbound' }])
    })

    test('brings header and body to the other side, and the whole answer back', async () => {
      let seen: unknown
      const [a, b] = await linked({
        call: (from, call, body) => {
          seen = { from, call, body }
          return answerOf(call, body, pattern(100), b.self)
        },
      })
      const sent = header({ publisher: 'kpublisher', idempotencyKey: 'once', trace: '00-1-2-01', hop: 1 })
      const answer = await wholly(a.call(b.self, sent, pattern(50)))
      expect(seen).toEqual({ from: a.self, call: sent, body: pattern(50) })
      expect(answer.head).toEqual({ status: 200, headers: [['x-runner', b.self]] })
      expect(answer.body).toEqual(pattern(100))
      expect(answer.trailer).toMatchObject({ metrics: METRICS })
      const { receipt } = answer.trailer
      if (receipt === undefined || answer.head === undefined) throw new Error('no receipt')
      checkReceipt(
        receipt,
        makeReceipt(
          {
            ...receipt,
            cid: sent.cid,
            runner: b.self,
            requestHash: hashRequest(
              { method: sent.method, url: sent.url, headers: sent.headers },
              await digestOf(pattern(50)),
              sha256,
            ),
            response: answer.head,
            responseDigest: await digestOf(answer.body),
          },
          sha256,
        ),
      )
    })

    test('carries calls both ways on one link', async () => {
      const [a, b] = await linked()
      const [there, back] = await Promise.all([
        wholly(a.call(b.self, header(), pattern(10))),
        wholly(b.call(a.self, header(), pattern(20))),
      ])
      expect([there.body.length, back.body.length]).toEqual([10, 20])
    })

    test('tells a changed state when asked to, without waiting for a ping', async () => {
      let state = STATE
      const [a, b] = await linked({ state: () => state })
      const told = new Promise<boolean>((resolve) => {
        a.listen((event) => {
          if (event.type === 'state' && event.state.slots === 9) resolve(event.state.accepting)
        })
      })
      state = { ...STATE, accepting: false, slots: 9 }
      b.tell()
      expect(await told).toBe(false)
      expect(a.list()).toMatchObject([{ peer: b.self, state: { accepting: false, slots: 9 } }])
    })

    test('keeps 64 calls at once apart, bodies of all sizes among them', async () => {
      const [a, b] = await linked()
      const sizes = Array.from(
        { length: 64 },
        (_, i) => [0, 1, 1000, 16_384, 16_385, 65_536, 65_537, 200_000][i % 8] ?? 0,
      )
      const bodies = sizes.map((size, i) => pattern(size).map((byte) => byte ^ i))
      const answers = await Promise.all(bodies.map((body) => wholly(a.call(b.self, header(), body))))
      for (const [i, answer] of answers.entries()) expect(Buffer.compare(answer.body, bodies[i] ?? answer.body)).toBe(0)
    })

    test('carries the largest whole bodies both ways, as whole ones', async () => {
      const [a, b] = await linked()
      const body = pattern(WHOLE_BODY_MAX_BYTES)
      const answer = await a.call(b.self, header(), body)
      if (!isWhole(answer.body)) throw new Error('it came piece by piece')
      expect(Buffer.compare(answer.body, body)).toBe(0)
    })

    test('refuses headers that are too large, here and there', async () => {
      const cookies: [string, string][] = [['cookie', 'x'.repeat(HEADER_MAX_BYTES)]]
      const [a, b] = await linked({
        call: async (from, call, body) => {
          const answer = await answerOf(call, body, pattern(10), from)
          return { ...answer, head: { status: 200, headers: cookies } }
        },
      })
      expect((await failure(a.call(b.self, header({ headers: cookies }), NOTHING))).code).toBe('too-large')
      const answer = await a.call(b.self, header(), NOTHING)
      expect(answer).toMatchObject({ trailer: { error: { code: 'result-too-large' }, metrics: METRICS } })
      expect(answer.head).toBeUndefined()
    })

    test('throws the refusal of a runner, with its words', async () => {
      const [a, b] = await linked({
        call: () => {
          throw new HitherError('busy', 'all slots are taken', { why: 'too many calls', data: { queued: 3 } })
        },
      })
      const error = await failure(a.call(b.self, header(), pattern(3)))
      expect(error).toMatchObject({ code: 'busy', message: 'all slots are taken', why: 'too many calls' })
      expect(error.data).toEqual({ queued: 3 })
    })

    test('a run that failed is an answer without a head; its trailer says how', async () => {
      const [a, b] = await linked({
        call: (_, { url }) => {
          if (url.endsWith('bug')) throw new Error('a bug of ours')
          throw new HitherError('handler-failed', 'it threw '.repeat(2000), {
            data: { metrics: METRICS, stack: 'at x' },
          })
        },
      })
      const failed = await wholly(a.call(b.self, header(), pattern(3)))
      expect(failed.head).toBeUndefined()
      expect(failed.trailer).toMatchObject({ metrics: METRICS, error: { code: 'handler-failed' } })
      expect(failed.trailer.error?.data).toMatchObject({ stack: 'at x' })
      const bug = await a.call(b.self, header({ url: 'http://x/bug' }), pattern(3))
      expect(bug.trailer).toMatchObject({ error: { code: 'internal' }, metrics: { runMs: 0 } })
    })

    test('a signal cancels here at once, and there', async () => {
      const running = Promise.withResolvers<AbortSignal>()
      const [a, b] = await linked({
        call: (_from, _call, _body, { signal }) => {
          running.resolve(signal)
          return new Promise(() => {})
        },
      })
      const control = new AbortController()
      const call = failure(a.call(b.self, header(), pattern(3), { signal: control.signal }))
      const there = await running.promise
      const told = new Promise((resolve) => there.addEventListener('abort', resolve))
      control.abort()
      expect((await call).code).toBe('cancelled')
      await told
      expect((await failure(a.call(b.self, header(), pattern(3), { signal: control.signal }))).code).toBe('cancelled')
      const late = failure(a.call(b.self, header(), pattern(3), { signal: AbortSignal.timeout(20) }))
      expect((await late).code).toBe('timeout')
    })

    test('calls to strangers fail as unreachable', async () => {
      const [a] = await linked()
      const error = await failure(a.call('12D3KooWnobody', header(), pattern(1)))
      expect(error.code).toBe('peer-unreachable')
      expect((await failure(a.block('12D3KooWnobody', someCid))).code).toBe('peer-unreachable')
    })

    test('gives blocks, verified', async () => {
      const good = pattern(BLOCK_MAX_BYTES)
      const goodCid = await cidOf(good, 'raw')
      const badCid = await cidOf(pattern(9), 'raw')
      const [a, b] = await linked({
        block: async (_, cid) => {
          if (cid.equals(goodCid)) return good
          return cid.equals(badCid) ? pattern(10) : undefined
        },
      })
      const got = await a.block(b.self, goodCid)
      expect(Buffer.compare(got ?? new Uint8Array(0), good)).toBe(0)
      expect(await a.block(b.self, someCid)).toBeUndefined()
      expect((await failure(a.block(b.self, badCid))).code).toBe('bad-block')
    })

    test('gives what there is of a kit, its blocks verified', async () => {
      const bundle = await blockOf(pattern(1000), 'raw')
      const { cid, bytes: manifest } = await manifestBlock(manifestOf(bundle.cid))
      const gives: Kit[] = [
        {},
        { voucher: pattern(100) },
        { voucher: pattern(100), manifest },
        { manifest, bundle: bundle.bytes },
      ]
      const lies: Kit[] = [
        { manifest: pattern(9) },
        { manifest, bundle: pattern(1001) },
        { manifest: bundle.bytes, bundle: bundle.bytes },
      ]
      const asked: unknown[] = []
      const left = [...gives, ...lies]
      const [a, b] = await linked({
        kit: async (from, wanted, publisher) => (asked.push([from, wanted.toString(), publisher]), left.shift() ?? {}),
      })
      for (const kit of gives) expect(await a.kit(b.self, cid, 'k'.repeat(64))).toEqual(kit)
      for (const _ of lies) expect((await failure(a.kit(b.self, cid))).code).toBe('bad-block')
      expect(new Set(asked.map(String))).toEqual(
        new Set([`${a.self},${cid.toString()},${'k'.repeat(64)}`, `${a.self},${cid.toString()},`]),
      )
    })

    test('an error on the other side comes out with its code', async () => {
      const [a, b] = await linked({
        block: () => Promise.reject(new HitherError('not-admitted', 'not for you', { fix: 'ask' })),
        announce: () => Promise.reject(new HitherError('stale-record', 'I know a newer one')),
      })
      expect(await failure(a.block(b.self, someCid))).toMatchObject({ code: 'not-admitted', fix: 'ask' })
      expect((await failure(a.announce(b.self, pattern(10)))).code).toBe('stale-record')
    })

    test('asks for names, and announces', async () => {
      const asked: unknown[] = []
      const [a, b] = await linked({
        name: async (...args) => (asked.push(args), pattern(100)),
        announce: async (from, record) => (asked.push([from, new Uint8Array(record)]), { kept: true }),
      })
      expect(await a.name(b.self, 'kpublisher', 'hello')).toEqual(pattern(100))
      expect(await a.announce(b.self, pattern(7))).toEqual({ kept: true })
      expect(asked).toEqual([
        [a.self, 'kpublisher', 'hello'],
        [a.self, pattern(7)],
      ])
      expect((await failure(a.name(b.self, 'kpublisher', 'No Name'))).code).toBe('bad-name')
    })

    test('asks whom a peer admits, and gives it records of secrets', async () => {
      const asked: unknown[] = []
      const [a, b] = await linked({
        admits: async (from, publisher) => (asked.push([from, publisher]), publisher === 'kyes'),
        secrets: async (from, record) => (
          asked.push([from, new Uint8Array(record)]),
          record.length > 7 ? { kept: true } : { kept: false, newer: pattern(9) }
        ),
      })
      expect([await a.admits(b.self, 'kyes'), await a.admits(b.self, 'kno')]).toEqual([true, false])
      const longest = pattern(SECRETS_RECORD_MAX_BYTES)
      expect(await a.secrets(b.self, longest)).toEqual({ kept: true })
      expect(await a.secrets(b.self, pattern(7))).toEqual({ kept: false, newer: pattern(9) })
      expect(asked).toEqual([
        [a.self, 'kyes'],
        [a.self, 'kno'],
        [a.self, longest],
        [a.self, pattern(7)],
      ])
      expect((await failure(a.secrets(b.self, pattern(longest.length + 1)))).code).toBe('bad-message')
    })

    test('answers many questions at once, more than there may be streams', async () => {
      const [a, b] = await linked({
        block: async () => pattern(10),
        name: async (_, publisher) => new TextEncoder().encode(publisher),
      })
      const cid = await cidOf(pattern(10), 'raw')
      const blocks = await Promise.all(Array.from({ length: 60 }, () => a.block(b.self, cid)))
      const names = await Promise.all(Array.from({ length: 60 }, (_, i) => a.name(b.self, `k${i}`, 'hello')))
      expect(blocks.every((block) => block?.length === 10)).toBe(true)
      expect(names.map((record) => new TextDecoder().decode(record))).toEqual(
        Array.from({ length: 60 }, (_, i) => `k${i}`),
      )
    })

    test('a question can be cancelled while the other side thinks', async () => {
      const [a, b] = await linked({ name: () => new Promise(() => {}), block: () => new Promise(() => {}) })
      const options = { signal: AbortSignal.timeout(50) }
      const record = failure(a.name(b.self, 'kpublisher', 'hello', options))
      const block = failure(a.block(b.self, someCid, options))
      expect([(await record).code, (await block).code]).toEqual(['timeout', 'timeout'])
    })
  })
}
