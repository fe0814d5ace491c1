import {
  checkReceipt,
  digestOf,
  HitherError,
  hashRequest,
  makeReceipt,
  type Receipt,
  type ResponseHead,
} from '@hither/core'
import { expect, test } from 'vitest'
import { digestWhole } from '../src/digest.ts'
import { metrics, record, testFunction } from './fakes.ts'
import { fn, friend, none, setup, shows, signal, stranger, type SetupInit } from './runner.ts'

test('a runner that is full reads no bundle for a call that it will most likely refuse', async () => {
  const fail = new HitherError('busy', 'every place is taken')
  const call = async (init: SetupInit): Promise<{ answer: string; read: boolean }> => {
    const { serve, header, read } = await setup({ ...init, caller: await shows(friend, fn) })
    const answer = await serve('caller', header({ publisher: friend.publisher }), none, { signal }).then(
      ({ body }) => new TextDecoder().decode(body),
      (error: HitherError) => error.code,
    )
    return { answer, read: read.includes(fn.manifest.bundle.toString()) }
  }
  expect(await call({ fail })).toEqual({ answer: 'busy', read: true })
  const load = { busy: 2, queued: 1 }
  expect(await call({ fail, load })).toEqual({ answer: 'busy', read: false })
  // It may find a place all the same, and is read then.
  expect(await call({ load })).toEqual({ answer: 'code', read: true })
})

/** Of that answer to the request that all tests make. */
async function receiptOf(response: ResponseHead, body: Uint8Array): Promise<Receipt> {
  return makeReceipt(
    {
      cid: fn.cid,
      runner: 'self',
      runMs: 0,
      cpuMs: 0,
      requestHash: hashRequest({ method: 'POST', url: 'http://x.y/', headers: [] }, await digestOf(none), digestWhole),
      response,
      responseDigest: await digestOf(body),
    },
    digestWhole,
  )
}

test('a function of an admitted publisher runs behind that publisher’s cordon, with a receipt that fits', async () => {
  const { serve, header, jobs } = await setup({ caller: await shows(friend, fn) })
  const { head, body, trailer } = await serve('caller', header({ publisher: friend.publisher }), none, { signal })
  expect(jobs[0]).toMatchObject({ cordon: friend.publisher, request: { method: 'POST', url: 'http://x.y/' } })
  expect(trailer).toMatchObject({ metrics: { fetchMs: 0 } })
  if (!head || !trailer.receipt) throw new Error('no answer')
  checkReceipt(trailer.receipt, await receiptOf(head, body))
})

test('what a peer runs for itself has its receipt when somebody asks for it, and then one and the same', async () => {
  const { serve, header } = await setup({ caller: await shows(friend, fn) })
  const call = header({ publisher: friend.publisher, idempotencyKey: 'k1' })
  await serve('caller', { ...call, idempotencyKey: 'by another' }, none, { signal })
  const { head, body, trailer } = await serve('self', call, none, { signal })
  expect(trailer).toEqual({ metrics, proof: expect.objectContaining({ prove: expect.any(Function) }) })
  const again = await serve('self', call, none, { signal })
  const proof = await trailer.proof?.prove()
  if (!head || !proof) throw new Error('no answer')
  checkReceipt(proof.receipt, await receiptOf(head, body))
  expect(again.trailer.replayed).toBe(true)
  expect(await again.trailer.proof?.prove()).toBe(proof)
})

test('nobody gets in on a claim: without a record, with another’s, with one for another function, with a broken one', async () => {
  const other = await testFunction('other')
  const broken = Uint8Array.from((await record(friend, 'x', 1, fn.cid)).bytes).fill(0, 100, 120)
  for (const caller of [
    {},
    await shows(stranger, fn),
    await shows(friend, other),
    { voucher: async () => broken },
    { voucher: () => Promise.reject(new HitherError('peer-unreachable', 'gone')) },
  ]) {
    const { serve, header, jobs } = await setup({ caller })
    const call = serve('caller', header({ publisher: friend.publisher }), none, { signal })
    await expect(call).rejects.toMatchObject({ code: 'not-admitted' })
    expect(jobs).toEqual([])
  }
})

test('a stranger who vouches for its own code is not admitted', async () => {
  const { serve, header } = await setup({ caller: await shows(stranger, fn) })
  const call = serve('caller', header({ publisher: stranger.publisher }), none, { signal })
  await expect(call).rejects.toMatchObject({ code: 'not-admitted', fix: expect.stringContaining(stranger.publisher) })
})

test('what its publisher removed is not run any more, whatever callers show, until it is brought back', async () => {
  const { serve, header, jobs, names } = await setup({ caller: await shows(friend, fn) })
  const call = () => serve('caller', header({ publisher: friend.publisher }), none, { signal })
  await call()
  const refused = {
    code: 'unknown-function',
    message: expect.stringContaining('removed'),
    why: expect.stringContaining('x'),
  }
  await names.put(await record(friend, 'x', 1, fn.cid))
  await names.put(await record(friend, 'x', 2, null))
  await expect(call()).rejects.toMatchObject(refused)
  await expect(serve('caller', header(), none, { signal })).rejects.toMatchObject(refused)
  expect(jobs).toHaveLength(1)
  await names.put(await record(friend, 'x', 3, fn.cid))
  await call()
  await serve('caller', header(), none, { signal })
  expect(jobs).toHaveLength(3)
})

test('a function that another name of its publisher points at is still run', async () => {
  const { serve, header, jobs, names } = await setup()
  await names.put(await record(friend, 'x', 1, fn.cid))
  await names.put(await record(friend, 'y', 1, fn.cid))
  await names.put(await record(friend, 'x', 2, null))
  await serve('caller', header(), none, { signal })
  expect(jobs[0]).toMatchObject({ cordon: friend.publisher })
})

test('a runner whose owner took it back refuses, also a call whose function was being made ready', async () => {
  const taken: { back?: () => void } = {}
  const on = await setup({
    caller: {
      ...(await shows(friend, fn)),
      // The voucher is asked for after the first look at the policy.
      voucher: async () => {
        taken.back?.()
        return (await record(friend, 'theirs', 1, fn.cid)).bytes
      },
    },
  })
  taken.back = on.takeBack
  const call = (): Promise<unknown> => on.serve('caller', on.header({ publisher: friend.publisher }), none, { signal })
  await expect(call()).rejects.toMatchObject({ code: 'not-volunteering', retry: 'elsewhere' })
  await expect(call()).rejects.toMatchObject({ code: 'not-volunteering' })
  expect(on.jobs).toEqual([])
})

test('a draining runner refuses, and a function that needs more than the jail grants is unsupported', async () => {
  const draining = await setup({ caller: await shows(friend, fn) })
  draining.drain()
  const late = draining.serve('caller', draining.header({ publisher: friend.publisher }), none, { signal })
  await expect(late).rejects.toMatchObject({ code: 'draining' })

  const wasm = await testFunction('code', { needs: ['wasm'] })
  const { serve, header, jobs } = await setup({ caller: await shows(friend, wasm), needs: ['wasm'] })
  const call = serve('caller', header({ publisher: friend.publisher }), none, { signal })
  await expect(call).rejects.toMatchObject({ code: 'unsupported', data: { missing: 'wasm' } })
  expect(jobs).toEqual([])
})

test('strangers’ code is refused where no jail would hold it, before anything of it is fetched', async () => {
  const { serve, header, jobs } = await setup({ caller: await shows(friend, fn), profile: 'strangers' })
  const call = serve('caller', header({ publisher: friend.publisher }), none, { signal })
  const why = expect.stringContaining('bubblewrap: not installed') as string
  await expect(call).rejects.toMatchObject({ code: 'unsupported', why })
  expect(jobs).toEqual([])
})

test('a call repeated with its idempotency key is answered again without running, and the handler sees the key', async () => {
  const { serve, header, jobs } = await setup({ caller: await shows(friend, fn) })
  const call = header({ publisher: friend.publisher, idempotencyKey: 'k1' })
  const first = await serve('caller', call, none, { signal })
  const again = await serve('caller', call, none, { signal })
  expect(first.trailer.replayed).toBeUndefined()
  expect(again).toMatchObject({
    head: first.head,
    body: first.body,
    trailer: { receipt: first.trailer.receipt, replayed: true },
  })
  expect(jobs).toHaveLength(1)
  expect(jobs[0]?.request.headers).toEqual([['idempotency-key', 'k1']])
  await serve('caller', { ...call, idempotencyKey: 'k2' }, none, { signal })
  await serve('caller', { ...call, url: 'http://x.y/other' }, none, { signal })
  await serve('caller', call, Uint8Array.of(1), { signal })
  expect(jobs).toHaveLength(4)
})

test('a call that may run twice by its method runs again under its key, however much it answers', async () => {
  const { serve, header, jobs } = await setup({ caller: await shows(friend, fn) })
  const call = { ...header({ publisher: friend.publisher, idempotencyKey: 'k1' }), method: 'GET' }
  for (const _ of [1, 2]) expect((await serve('caller', call, none, { signal })).trailer.replayed).toBeUndefined()
  expect(jobs.map(({ request }) => request.headers)).toEqual([1, 2].map(() => [['idempotency-key', 'k1']]))
})

test('a call with a key goes on when its caller gives up, and is there for whoever asks again', async () => {
  const release = Promise.withResolvers<void>()
  const { serve, header, jobs } = await setup({ caller: await shows(friend, fn), hold: release.promise })
  const call = header({ publisher: friend.publisher, idempotencyKey: 'k1' })
  const gone = new AbortController()
  const first = serve('caller', call, none, { signal: gone.signal })
  await expect.poll(() => jobs.length).toBe(1)
  gone.abort(new HitherError('cancelled', 'the caller gave up'))
  await expect(first).rejects.toMatchObject({ code: 'cancelled' })
  const again = serve('caller', call, none, { signal })
  release.resolve()
  expect((await again).head?.status).toBe(200)
  expect((await serve('caller', call, none, { signal })).trailer.replayed).toBe(true)
  expect(jobs).toHaveLength(1)
})

test('an owner who is found to be back when a call comes is left alone', async () => {
  const look = Promise.withResolvers<void>()
  const { serve, header, read, takeBack } = await setup({ caller: await shows(friend, fn), look: look.promise })
  const call = serve('caller', header({ publisher: friend.publisher }), none, { signal })
  takeBack()
  look.resolve()
  await expect(call).rejects.toMatchObject({ code: 'not-volunteering' })
  expect(read).toEqual([])
})

test('a call of a trace is found in the log by it', async () => {
  const { serve, header, traces } = await setup({ caller: await shows(friend, fn) })
  await serve('caller', header({ publisher: friend.publisher }), none, { signal })
  expect(traces).toEqual([])
  await serve('caller', header({ publisher: friend.publisher, trace: '00-1-2-01' }), none, { signal })
  expect(traces).toEqual(['00-1-2-01'])
})

test('a fault of the runner’s own machine is a refusal that tells no paths', async () => {
  const { serve, header, jobs } = await setup({ caller: await shows(friend, fn), disk: new Error('EIO /home/ann/x') })
  const call = serve('caller', header({ publisher: friend.publisher }), none, { signal })
  await expect(call).rejects.toMatchObject({ code: 'runner-fault', retry: 'elsewhere' })
  expect(JSON.stringify((await call.catch((error: HitherError) => error)) ?? '')).not.toContain('/home')
  expect(jobs).toEqual([])
})

test('a failed run keeps its error and what was measured', async () => {
  const fail = new HitherError('limit-cpu', 'too long', { data: { metrics } })
  const { serve, header } = await setup({ caller: await shows(friend, fn), fail })
  const call = serve('caller', header({ publisher: friend.publisher }), none, { signal })
  await expect(call).rejects.toMatchObject({ code: 'limit-cpu', data: { metrics: { runMs: 1, fetchMs: 0 } } })
})

test('a caller that its owner denied is refused before anything is asked of it', async () => {
  const { serve, header, admission } = await setup({
    caller: { voucher: () => Promise.reject(new Error('it was asked')) },
  })
  admission.standing.rules = { ...admission.standing.rules, call: new Map([['caller', 'deny']]) }
  const call = serve('caller', header({ publisher: friend.publisher }), none, { signal })
  await expect(call).rejects.toMatchObject({ code: 'not-admitted', data: { rule: 'caller' } })
})

test('a job says what its publisher and caller may have, by the rules of the moment', async () => {
  const { serve, header, jobs, admission } = await setup({ caller: await shows(friend, fn) })
  const { run } = admission.standing.rules
  admission.standing.rules = {
    run: new Map([...run, [friend.publisher, { calls: 2, weight: 3 }]]),
    call: new Map([['anyone', { calls: 5 }]]),
  }
  await serve('caller', header({ publisher: friend.publisher }), none, { signal })
  const [job] = jobs
  expect(job).toMatchObject({ caller: 'caller', cordon: friend.publisher, profile: 'trusted' })
  expect(job?.share()).toEqual({ group: friend.publisher, weight: 3, calls: 2, callerCalls: 5 })

  admission.standing.rules = { run: new Map([[friend.publisher, { profile: 'strangers' }]]), call: new Map() }
  expect(() => job?.share()).toThrow(expect.objectContaining({ code: 'busy', data: { retryAfterMs: 0 } }))
  admission.standing.rules = { run: new Map([[friend.publisher, 'deny']]), call: new Map() }
  expect(() => job?.share()).toThrow(
    expect.objectContaining({ code: 'not-admitted', data: { rule: friend.publisher } }),
  )
  admission.standing.rules = { run: new Map(), call: new Map() }
  expect(() => job?.share()).toThrow(expect.objectContaining({ code: 'not-admitted', data: { rule: 'none' } }))
})
