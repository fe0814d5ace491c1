import { HitherError, type CID } from '@hither/core'
import { memoryNames } from '@hither/store'
import { expect, test } from 'vitest'
import { vouchers, type Vouchers } from '../src/serve/vouchers.ts'
import { fakeLinks, record, signer, silent, testFunction } from './fakes.ts'

const [publisher, fn] = await Promise.all([signer(1), testFunction('code')])

/** What a runner asks a caller for, who shows what it is given. */
function asking(voucher: Promise<Uint8Array>): { of: Vouchers; asked: () => number; taken: CID[] } {
  let asked = 0
  const taken: CID[] = []
  const of = vouchers({
    names: memoryNames(),
    links: fakeLinks({ caller: { voucher: () => (asked++, voucher) } }),
    functions: { take: (cid) => void taken.push(cid) },
    log: silent,
  })
  return { of, asked: () => asked, taken }
}

test('for many calls at once a caller is asked once, and who gives up ends only its own wait', async () => {
  const shown = Promise.withResolvers<Uint8Array>()
  const { of, asked, taken } = asking(shown.promise)
  const ask = (signal: AbortSignal): ReturnType<Vouchers['ask']> =>
    of.ask(fn.cid, publisher.publisher, 'caller', signal)
  const impatient = new AbortController()
  const first = ask(impatient.signal)
  const others = [1, 2].map(() => ask(new AbortController().signal))
  impatient.abort(new HitherError('cancelled', 'the caller gave up'))
  await expect(first).rejects.toMatchObject({ code: 'cancelled' })
  shown.resolve((await record(publisher, 'x', 1, fn.cid)).bytes)
  expect(await Promise.all(others)).toEqual([publisher.publisher, publisher.publisher])
  expect(asked()).toBe(1)
  expect(taken).toEqual([fn.cid])
})

test('a caller that could not vouch is asked again by the next call', async () => {
  const { of, asked } = asking(Promise.reject(new HitherError('peer-unreachable', 'gone')))
  const { signal } = new AbortController()
  for (const times of [1, 2]) {
    expect(await of.ask(fn.cid, publisher.publisher, 'caller', signal)).toBeUndefined()
    expect(asked()).toBe(times)
  }
})
