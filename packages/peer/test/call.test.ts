import {
  HitherError,
  mayFail,
  NO_RUN,
  peerOfKey,
  readWhole,
  type CallHeader,
  type RunMetrics,
  type SealedReceipt,
} from '@hither/core'
import { expect, test } from 'vitest'
import { answers, fails, network, type Act } from './caller.ts'
import { digestWhole } from '../src/digest.ts'
import { SEAL_AWAITED_MS } from '../src/limits/kept.ts'
import { idleState, metrics, signer } from './fakes.ts'

test('the nearest runner answers, and nobody else is asked', async () => {
  const { ask, called } = await network({ near: answers('near'), far: answers('far') })
  const result = await ask()
  expect(result).toMatchObject({ status: 200, peer: 'near', attempts: [{ peer: 'near', outcome: 'answered' }] })
  expect(new TextDecoder().decode(await readWhole(result.body))).toBe('ok')
  expect(called).toEqual(['near'])
})

test.each([
  'busy',
  'draining',
  'not-volunteering',
  'not-admitted',
  'unknown-function',
  'unsupported',
  'peer-unreachable',
] as const)('after %s any call goes to the next: nothing ran', async (code) => {
  const { ask, called } = await network({ near: fails(code), far: answers('far') })
  const result = await ask({ method: 'POST' })
  expect(result.attempts).toMatchObject([{ outcome: code }, { outcome: 'answered' }])
  expect(called).toEqual(['near', 'far'])
})

test.each(['link-lost', 'sandbox-crashed', 'bad-answer'] as const)(
  'after %s only a call that may be repeated goes to the next',
  async (code) => {
    const runners = { near: fails(code), far: answers('far') }
    for (const [params, manifest] of [
      [{ method: 'GET' }, {}],
      [{ method: 'head' }, {}],
      [{ method: 'POST' }, { effects: 'pure' }],
      [{ method: 'POST' }, { effects: 'idempotent' }],
    ] as const) {
      const { ask } = await network(runners, manifest)
      expect(await ask(params)).toMatchObject({ peer: 'far' })
    }
    const { ask, called } = await network(runners)
    await expect(ask({ method: 'POST', idempotencyKey: 'k' })).rejects.toMatchObject({ code })
    expect(called).toEqual(['near'])
  },
)

test.each(['handler-failed', 'limit-cpu', 'limit-memory', 'handler-invalid', 'result-too-large'] as const)(
  'after %s no call goes anywhere: it would end the same way',
  async (code) => {
    const { ask, called } = await network({ near: fails(code), far: answers('far') })
    await expect(ask()).rejects.toMatchObject({ code, data: { attempts: [{ outcome: code }] } })
    expect(called).toEqual(['near'])
  },
)

test('an answer for another function, runner or body, or without receipt, is no answer', async () => {
  const forgeries: Act[] = [
    answers('someone-else'),
    async (header, body) => ({ ...(await answers('near')(header, body)), body: new Uint8Array(3) }),
    async (header, body) => {
      const { trailer, ...answer } = await answers('near')(header, body)
      const { seal: _, ...unsigned } = trailer
      return { ...answer, trailer: unsigned }
    },
    async (header, body) => answers('near')({ ...header, url: `${header.url}x` }, body),
    async (header, body) => {
      const { head, body: bytes } = await answers('near')(header, body)
      return { ...(head && { head }), body: bytes, trailer: { metrics } }
    },
  ]
  for (const forged of forgeries) {
    const { ask, called } = await network({ near: forged, far: answers('far') })
    expect(await ask()).toMatchObject({ peer: 'far', attempts: [{ outcome: 'bad-answer' }, { outcome: 'answered' }] })
    called.length = 0
    const again = await network({ near: forged, far: answers('far') })
    await expect(again.ask({ method: 'POST' })).rejects.toMatchObject({ code: 'bad-answer' })
    expect(again.called).toEqual(['near'])
  }
})

test('of what a peer runs itself the receipt is made once somebody asks for it, and what a replayed answer took is in there', async () => {
  let proofs = 0
  const own = (replayed: boolean): Act => {
    return async (header, body) => {
      const { trailer, ...answer } = await answers('self')(header, body)
      const { receipt, seal } = trailer
      if (!receipt || !seal) throw new Error('no receipt')
      const prove = async (): Promise<SealedReceipt> => {
        proofs++
        const { tree, at } = await seal
        return { receipt, seal: tree.seal(at, digestWhole) }
      }
      const proof = { prove }
      return { ...answer, trailer: replayed ? { metrics: NO_RUN, replayed, proof } : { metrics, proof } }
    }
  }
  const { ask, seen, kept } = await network({ self: own(false) })
  const result = await ask()
  await result.ended
  expect([proofs, kept]).toEqual([0, [result.call]])
  expect(await result.report).toMatchObject({ receipt: { receipt: { runner: 'self' } }, replayed: false })
  expect(proofs).toBe(1)
  expect(seen).toContainEqual(expect.objectContaining({ type: 'answered', metrics }))
  const again = await network({ self: own(true) })
  await again.ask()
  expect(again.seen).toContainEqual(expect.objectContaining({ type: 'answered', metrics: { ...NO_RUN, runMs: 1 } }))
})

test('a runner is caught at a receipt for something else, and at measures that cannot be', async () => {
  const tells =
    (more: Partial<RunMetrics>): Act =>
    async (header, body) => {
      const answer = await answers('near')(header, body)
      return { ...answer, trailer: { ...answer.trailer, metrics: { ...metrics, ...more } } }
    }
  const liars: [Act, RegExp][] = [
    [answers('someone-else'), /receipt is for another runner/],
    [tells({ queueMs: 1e6 }), /took 1000001 ms for an answer that was here after 0/],
    [tells({ runMs: 0.5 }), /different times/],
  ]
  for (const [liar, why] of liars) {
    const { ask, seen } = await network({ near: liar, far: answers('far') })
    await ask()
    expect(seen).toContainEqual({ type: 'caught', peer: 'near', why: expect.stringMatching(why) })
  }
  const honest = await network({ near: answers('near') })
  await honest.ask()
  expect(honest.seen.filter(({ type }) => type === 'caught')).toEqual([])
})

test('a runner whose answer is good is caught at never signing it, and not where the link ended first', async () => {
  const owes =
    (why: HitherError): Act =>
    async (header, body) => {
      const { trailer, ...answer } = await answers('near')(header, body)
      return { ...answer, trailer: { ...trailer, seal: mayFail(Promise.reject(why)) } }
    }
  const never = await network({ near: owes(new HitherError('bad-answer', 'it did not sign')) })
  expect(await (await never.ask()).report).toMatchObject({ receipt: { unsealed: 'it did not sign' } })
  expect(never.seen).toContainEqual({ type: 'caught', peer: 'near', why: 'it did not sign' })
  const lost = await network({ near: owes(new HitherError('link-lost', 'the link ended')) })
  expect(await (await lost.ask()).report).toMatchObject({ receipt: { unsealed: 'the link ended' } })
  expect(lost.seen.filter(({ type }) => type === 'caught')).toEqual([])
})

test('the router hears the newest word of who answered, also where one came behind the answer', async () => {
  const newer = { ...idleState, busy: 3 }
  const near: Act = async (header, body) => {
    const answer = await answers('near')(header, body)
    says('near', newer)
    return answer
  }
  const { ask, says, seen } = await network({ near })
  await ask()
  expect(seen.filter(({ type }) => type === 'state')).toEqual([{ type: 'state', peer: 'near', state: newer }])
})

test.each(['avoid', 'prefer', 'require'] as const)(
  'to %s a peer that nobody knows is told as such, once',
  async (how) => {
    const [slip, known] = await Promise.all([2, 3].map(async (seed) => peerOfKey((await signer(seed)).publisher)))
    const { ask, events } = await network({ [known ?? '']: fails('busy'), far: answers('far') })
    const call = ask({ [how]: [slip, known] })
    // It is no reason to fail, but where it is required.
    if (how === 'require') await expect(call).rejects.toMatchObject({ code: 'no-runner' })
    else expect(await call).toMatchObject({ peer: 'far' })
    const told = events.filter(({ type }) => type === 'call:unknown-peers')
    expect(told).toEqual([{ type: 'call:unknown-peers', peers: [slip] }])
  },
)

test('the report of a whole answer does not wait long for a runner that does not sign', async () => {
  const silent: Act = async (header, body) => {
    const { trailer, ...answer } = await answers('near')(header, body)
    return { ...answer, trailer: { ...trailer, seal: new Promise<never>(() => {}) } }
  }
  const { ask, now } = await network({ near: silent })
  const { report, body } = await ask()
  expect(body).toEqual(new TextEncoder().encode('ok'))
  const askedAt = now()
  expect(await report).toMatchObject({ cold: false, receipt: { unsealed: expect.stringContaining('did not sign it') } })
  expect(now() - askedAt).toBe(SEAL_AWAITED_MS)
})

test('the router is told what each try was: the first, one after a refusal, one after a failure, and how long the answer took', async () => {
  const { ask, seen } = await network({ near: fails('busy'), next: fails('link-lost'), far: answers('far') })
  await ask()
  expect(seen.filter(({ type }) => type !== 'state' && type !== 'rtt')).toMatchObject([
    { type: 'sent', peer: 'near' },
    { type: 'refused', peer: 'near' },
    { type: 'sent', peer: 'next' },
    { type: 'failed', peer: 'next' },
    { type: 'sent', peer: 'far', retry: true },
    { type: 'answered', peer: 'far', ms: 0 },
  ])
  expect(seen.filter((one) => 'retry' in one)).toHaveLength(1)
})

test('where the router says that too many calls were repeated, the failure stands', async () => {
  const { ask, on, called } = await network({ near: fails('link-lost'), far: answers('far') })
  const { placement } = on
  on.placement = {
    ...placement,
    route: (query, now) =>
      query.after === 'link-lost' ? { overBudget: true, candidates: [], skipped: [] } : placement.route(query, now),
  }
  await expect(ask()).rejects.toMatchObject({
    code: 'link-lost',
    why: expect.stringContaining('too many calls'),
    data: { attempts: [{ peer: 'near', outcome: 'link-lost' }] },
  })
  expect(called).toEqual(['near'])
})

test('when all refuse, the error says who said what', async () => {
  const { ask } = await network({ near: fails('busy'), far: fails('not-admitted') })
  await expect(ask()).rejects.toMatchObject({
    code: 'no-runner',
    name: 'NoRunner',
    data: {
      tried: [
        { peer: 'near', code: 'busy' },
        { peer: 'far', code: 'not-admitted' },
      ],
    },
  })
})

test('the handler’s own error comes with its name, its data and the attempts', async () => {
  const thrown: Act = async () => ({
    body: new Uint8Array(0),
    trailer: { metrics, error: { code: 'handler-failed', message: 'RangeError: no', data: { name: 'RangeError' } } },
  })
  const { ask } = await network({ near: thrown })
  await expect(ask()).rejects.toMatchObject({
    code: 'handler-failed',
    data: { name: 'RangeError', attempts: [{ outcome: 'handler-failed' }] },
  })
})

test('in the first moments online, a refusal is not the last word: the next runner to appear is tried', async () => {
  const { ask, appear } = await network({ near: fails('not-admitted') }, {}, 1000)
  const answer = ask()
  await new Promise((resolve) => setImmediate(resolve))
  appear('late', answers('late'))
  expect(await answer).toMatchObject({ peer: 'late', attempts: [{ outcome: 'not-admitted' }, { outcome: 'answered' }] })
})

test('a runner cannot lie itself nearer than heartbeats measure it', async () => {
  const liar: Act = async (header, body) => {
    const answer = await answers('far')(header, body)
    return { ...answer, trailer: { ...answer.trailer, metrics: { ...metrics, queueMs: 1e6 } } }
  }
  const { ask, rtts } = await network({ far: liar })
  await ask()
  expect(rtts).toEqual([])
})

test('a request that is none is refused before anything is sent', async () => {
  const { ask, called } = await network({ near: answers('near') })
  await expect(ask({ headers: [['bad name', 'x']] })).rejects.toMatchObject({ code: 'usage' })
  await expect(ask({ method: 'G T' })).rejects.toMatchObject({ code: 'usage' })
  // As from an app without types.
  const untyped = { idempotencyKey: 7 } as object
  await expect(ask(untyped)).rejects.toMatchObject({ code: 'usage', why: 'it is a number, not a text' })
  await expect(ask({ headers: [['x', 7]] as unknown as [] })).rejects.toMatchObject({ code: 'usage' })
  await expect(ask({ idempotencyKey: 'é'.repeat(513) })).rejects.toMatchObject({
    code: 'usage',
    why: 'it has 1026 bytes',
  })
  expect(called).toEqual([])
})

test('a path must start with a slash, before anything is sent', async () => {
  const { ask, called } = await network({ near: answers('near') })
  await expect(ask({ path: 'x' })).rejects.toMatchObject({ code: 'usage' })
  expect(called).toEqual([])
})

test('the request reaches the runner as it was asked', async () => {
  let seen: CallHeader | undefined
  const { ask } = await network({
    near: (header, body) => {
      seen = header
      return answers('near')(header, body)
    },
  })
  const { publisher } = await signer(1)
  await ask({ method: 'post', path: '/a?b=1', headers: [['x', 'y']], idempotencyKey: 'k', deadlineMs: 5000 })
  expect(seen).toMatchObject({
    method: 'POST',
    url: `http://x.${publisher}.localhost/a?b=1`,
    headers: [['x', 'y']],
    publisher,
    idempotencyKey: 'k',
    remainingMs: 5000,
    hop: 0,
  })
})

test.each([
  ['hello.localhost:4280', 'hello.localhost:4280'],
  ['[::1]:4280', '[::1]:4280'],
  ['evil/path?x=', undefined],
  ['user@host', undefined],
])('a request that names the host %s has the URL of it, where it is one', async (host, taken) => {
  let seen: CallHeader | undefined
  const { ask } = await network({
    near: (header, body) => {
      seen = header
      return answers('near')(header, body)
    },
  })
  const { publisher } = await signer(1)
  await ask({ path: '/a', headers: [['Host', host]] })
  expect(seen?.url).toBe(`http://${taken ?? `x.${publisher}.localhost`}/a`)
})
