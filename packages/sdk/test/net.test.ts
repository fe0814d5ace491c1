import { HitherError, type CallProgress } from '@hither/core'
import type { KeptReceipt } from '@hither/peer'
import { expect, onTestFinished, test, vi } from 'vitest'
import { LATE_PEER_MS } from '../src/limits.ts'
import { answer, handMade, netOf } from './fakes.ts'

const kept = { call: 'call-1', cid: 'bafy', time: 1 } as KeptReceipt

test('progress is told as it happens', async () => {
  const { net } = netOf(async (_, options) => {
    options?.onProgress?.({ type: 'call:waiting', why: 'soon' })
    return answer('')
  })
  const events: CallProgress[] = []
  await net.fetch('x', '/', { onProgress: (event) => events.push(event) })
  expect(events).toEqual([{ type: 'call:waiting', why: 'soon' }])
})

test('what is known of a call is told by its answer', async () => {
  const { net } = netOf(async () => answer('', { rttMs: 2, name: 'ann/x' }))
  expect(net.info(await net.fetch('x'))).toMatchObject({
    call: 'call-1',
    peer: 'runner',
    cid: 'bafy',
    name: 'ann/x',
    rttMs: 2,
    route: { candidates: [] },
  })
  expect(() => net.info(new Response())).toThrow(expect.objectContaining({ code: 'usage' }))
})

test('a receipt is had by an answer once it has ended, or by the id of a call', async () => {
  const ended = Promise.withResolvers<void>()
  const asked: string[] = []
  const { net } = netOf(
    async () => answer('', { ended: ended.promise }),
    async ({ call }) => {
      asked.push(call)
      return kept
    },
  )
  const receipt = net.receipt(await net.fetch('x'))
  expect(await net.receipt('call-0')).toBe(kept)
  expect(asked).toEqual(['call-0'])
  ended.resolve()
  expect(await receipt).toBe(kept)
  expect(asked).toEqual(['call-0', 'call-1'])
})

test('there is no receipt of an answer that broke, nor of a response from elsewhere', async () => {
  const { net } = netOf(async () => answer('', { ended: Promise.reject(new HitherError('link-lost', 'gone')) }))
  const response = await net.fetch('x')
  await expect(net.receipt(response)).rejects.toMatchObject({ code: 'link-lost' })
  await expect(net.receipt(response.clone())).rejects.toMatchObject({ code: 'usage' })
  await expect(net.receipt(new Response())).rejects.toMatchObject({ code: 'usage' })
})

test('the stack of an error is told in places of the function’s sources, where they can be had', async () => {
  const { net } = netOf(
    async () => answer(''),
    undefined,
    async ({ stack }) => {
      if (stack.includes('unknown')) throw new HitherError('timeout', 'no map came')
      return { stack: stack.replace('fn:bafy:1:9', 'src/index.ts:3:4') }
    },
  )
  const thrown = new HitherError('handler-failed', 'no', { data: { stack: 'Error: no\n    at fn:bafy:1:9' } })
  expect(await net.explain(thrown)).toBe('Error: no\n    at src/index.ts:3:4')
  const named = Object.assign(new TypeError('no'), { stack: 'TypeError: no\n    at add (fn:bafy:1:9)' })
  expect(await net.explain(named)).toBe('TypeError: no\n    at add (src/index.ts:3:4)')
  expect(await net.explain('unknown')).toBe('unknown')
})

test('closing ends what runs, leaves once, and refuses the rest', async () => {
  const { net, closed } = netOf(async ({ path }, options) => {
    if (path === '/streams') return answer(handMade(options?.signal).body)
    return new Promise((_, reject) => options?.signal?.addEventListener('abort', () => reject(options.signal?.reason)))
  })
  const body = (await net.fetch('x', '/streams')).text()
  const call = net.fetch('x')
  const ends = Promise.allSettled([body, call])
  await Promise.all([net.close(), net.close()])
  const cancelled = { status: 'rejected', reason: expect.objectContaining({ code: 'cancelled' }) as unknown }
  expect(await ends).toMatchObject([cancelled, cancelled])
  expect(closed()).toBe(1)
  await expect(net.fetch('x')).rejects.toMatchObject({ code: 'usage', message: 'this net is closed' })
  await expect(net.receipt('call-1')).rejects.toMatchObject({ code: 'usage' })
})

test('a net goes with the block that uses it', async () => {
  const { net, closed } = netOf(async () => answer('hello'))
  {
    await using mine = net
    expect(await (await mine.fetch('x')).text()).toBe('hello')
  }
  expect(closed()).toBe(1)
})

test("a caller's signal is not held on to after its calls", async () => {
  const controller = new AbortController()
  let added = 0
  let removed = 0
  const { signal } = controller
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)]
  signal.addEventListener = (...args: Parameters<typeof add>) => (added++, add(...args))
  signal.removeEventListener = (...args: Parameters<typeof remove>) => (removed++, remove(...args))
  const { net } = netOf(async ({ path }) => {
    if (path === '/fails') throw new HitherError('busy', 'no')
    return answer('')
  })
  await net.fetch('x', '/', { signal })
  await net.fetch('x', '/fails', { signal }).catch(() => undefined)
  expect([added, removed]).toEqual([2, 2])
})

/** The time that is left of a call, which is up when the test says so. */
function time() {
  const control = new AbortController()
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(control.signal)
  onTestFinished(() => timeout.mockRestore())
  return { late: control, timeout }
}

test('a deadline holds though the peer hangs', async () => {
  const { late, timeout } = time()
  const begun = Promise.withResolvers<void>()
  const { net } = netOf((_, options) => {
    begun.resolve()
    return new Promise((_resolve, reject) =>
      options?.signal?.addEventListener('abort', () => reject(options.signal?.reason)),
    )
  })
  const call = expect(net.fetch('x', '/', { deadline: 500 })).rejects.toMatchObject({ code: 'timeout' })
  await begun.promise
  expect(timeout).toHaveBeenCalledWith(500 + LATE_PEER_MS)
  late.abort(new DOMException('late', 'TimeoutError'))
  await call
})

test('a deadline is forgotten when its call has ended', async () => {
  const { late } = time()
  const signals: (AbortSignal | undefined)[] = []
  const first = Promise.withResolvers<void>()
  const ends = [first.promise, new Promise<void>(() => {})]
  const { net } = netOf(async (_, options) => {
    signals.push(options?.signal)
    return answer('', { ended: ends[signals.length - 1] as Promise<void> })
  })
  await net.fetch('x', '/', { deadline: 500 })
  await net.fetch('x', '/', { deadline: 500 })
  first.resolve()
  await first.promise
  late.abort()
  expect(signals.map((signal) => signal?.aborted)).toEqual([false, true])
})
