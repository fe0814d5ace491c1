import { HitherError, isWhole, piecesOf, readWhole, toHitherError, type Observation } from '@hither/core'
import { expect, test } from 'vitest'
import { answers, fails, network, type Act, type Network } from './caller.ts'
import { fakeMachine, settle, type FakeMachine } from './volunteer/machine.ts'

/** Does not answer until it is told to, or given up. */
interface Held {
  act: Act
  /** The other end gave up. */
  left: boolean
  answer(act: Act): void
}

function held(): Held {
  const go = Promise.withResolvers<Act>()
  const one: Held = {
    left: false,
    answer: (act) => go.resolve(act),
    act: (header, body, { signal } = {}) =>
      new Promise((resolve, reject) => {
        signal?.addEventListener('abort', () => {
          one.left = true
          reject(toHitherError(signal.reason))
        })
        go.promise.then(async (act) => act(header, body)).then(resolve, reject)
      }),
  }
  return one
}

/** A near runner that holds its answer, and another; `machine` has the time. */
async function late(other: Act, manifest = {}): Promise<Network & { machine: FakeMachine; near: Held }> {
  const machine = fakeMachine()
  const near = held()
  const net = await network({ near: near.act, far: other }, manifest, 0, machine)
  return { ...net, machine, near }
}

const ends = (seen: Observation[]): string[] =>
  seen.flatMap(({ type, peer }) => (/answered|failed|refused|cancelled|sent/.test(type) ? [`${type} ${peer}`] : []))

test('a late answer is asked for elsewhere as well; the first that is good counts, and the other is given up', async () => {
  const { ask, machine, near, called, events, seen, kept } = await late(answers('far', 'from far'))
  const answer = ask({ hedge: 50 })
  await machine.pass(49)
  expect(called).toEqual(['near'])
  await machine.pass(1)
  const result = await answer
  expect(new TextDecoder().decode(await readWhole(result.body))).toBe('from far')
  expect((await result.report).phases).toMatchObject({ routeMs: 0, retriesMs: 50 })
  await settle()
  expect(result).toMatchObject({
    peer: 'far',
    attempts: [
      { peer: 'far', outcome: 'answered', hedge: true },
      { peer: 'near', outcome: 'cancelled' },
    ],
  })
  expect(near.left).toBe(true)
  expect(events).toContainEqual({ type: 'call:hedged', peer: 'far', after: 'near', afterMs: 50 })
  expect(ends(seen)).toEqual(['sent near', 'sent far', 'answered far', 'cancelled near'])
  expect(seen).toContainEqual(expect.objectContaining({ type: 'sent', peer: 'far', hedge: true }))
  expect(seen).toContainEqual(expect.objectContaining({ type: 'cancelled', peer: 'near', ms: 50 }))
  expect(kept).toHaveLength(1)
})

test('a second copy that would be sent behind the deadline is not sent at all', async () => {
  for (const hedge of [30_000, 2 ** 31, NaN]) {
    const { ask, machine, near, called } = await late(answers('far'))
    const answer = ask({ hedge, deadlineMs: 30_000 })
    await machine.pass(2 ** 31)
    expect(called).toEqual(['near'])
    near.answer(answers('near'))
    expect(await answer).toMatchObject({ peer: 'near' })
  }
})

test('where the first answers after all, the second is given up', async () => {
  const second = held()
  const { ask, machine, near, called } = await late(second.act)
  const answer = ask({ hedge: 50 })
  await machine.pass(60)
  expect(called).toEqual(['near', 'far'])
  near.answer(answers('near'))
  expect(await answer).toMatchObject({ peer: 'near' })
  await settle()
  expect(second.left).toBe(true)
  expect(machine.waiting()).toBe(0)
})

test('an answer that is in time is asked for once', async () => {
  const { ask, machine, near, called } = await late(answers('far'))
  const answer = ask({ hedge: 50 })
  await machine.pass(20)
  near.answer(answers('near'))
  expect(await answer).toMatchObject({ peer: 'near' })
  await machine.pass(1000)
  expect(called).toEqual(['near'])
})

test('what may not run twice is never sent twice, whatever its caller says', async () => {
  async function* stream(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(3)
  }
  const cases = [
    [{ method: 'POST', hedge: 50 }, {}],
    [{ method: 'POST', hedge: 50, idempotencyKey: 'k' }, {}],
    [{ method: 'POST', hedge: 50, body: stream() }, { effects: 'pure' }],
    [{ method: 'GET', hedge: false }, { effects: 'pure' }],
  ] as const
  for (const [params, manifest] of cases) {
    const { ask, machine, near, called } = await late(answers('far'), manifest)
    const answer = ask(params)
    await machine.pass(10_000)
    expect(called).toEqual(['near'])
    near.answer(answers('near'))
    expect(await answer).toMatchObject({ peer: 'near' })
  }
  const { ask, machine, called } = await late(answers('far'), { effects: 'idempotent' })
  const answer = ask({ method: 'POST', hedge: 50 })
  await machine.pass(50)
  expect(await answer).toMatchObject({ peer: 'far' })
  expect(called).toEqual(['near', 'far'])
})

test('a copy that is refused or fails leaves the other to it, and nobody else is asked meanwhile', async () => {
  for (const code of ['busy', 'link-lost'] as const) {
    const { ask, machine, near, called } = await late(fails(code))
    const answer = ask({ hedge: 50 })
    await machine.pass(60)
    near.answer(answers('near'))
    expect(await answer).toMatchObject({ peer: 'near' })
    expect(called).toEqual(['near', 'far'])
  }
})

test('where both copies fail, the call goes on elsewhere, and is hedged no more', async () => {
  const machine = fakeMachine()
  const [near, far] = [held(), held()]
  const { ask, called } = await network({ near: near.act, far: far.act, last: answers('last') }, {}, 0, machine)
  const answer = ask({ hedge: 50 })
  await machine.pass(50)
  near.answer(fails('link-lost'))
  far.answer(fails('link-lost'))
  expect(await answer).toMatchObject({ peer: 'last' })
  expect(called).toEqual(['near', 'far', 'last'])
})

test('what the handler threw is the answer, from whichever copy', async () => {
  const { ask, machine, near } = await late(fails('handler-failed'))
  const answer = ask({ hedge: 50 })
  const failed = expect(answer).rejects.toMatchObject({ code: 'handler-failed' })
  await machine.pass(50)
  await failed
  await settle()
  expect(near.left).toBe(true)
})

test('a caller that gives up ends both copies', async () => {
  const second = held()
  const { ask, machine, near, seen } = await late(second.act)
  const giveUp = new AbortController()
  const failed = expect(ask({ hedge: 50 }, { signal: giveUp.signal })).rejects.toMatchObject({ code: 'cancelled' })
  await machine.pass(50)
  giveUp.abort()
  await failed
  await settle()
  expect([near.left, second.left]).toEqual([true, true])
  expect(
    ends(seen)
      .filter((one) => one.startsWith('cancelled'))
      .toSorted(),
  ).toEqual(['cancelled far', 'cancelled near'])
})

test('a streamed answer counts from its head on, and the other copy is left though it has begun as well', async () => {
  let left = false
  const streams =
    (runner: string): Act =>
    async (header, body) => {
      const { trailer } = await answers(runner, 'a')(header, body)
      const ended = Promise.withResolvers<typeof trailer>()
      async function* pieces(): AsyncGenerator<Uint8Array, void> {
        try {
          yield new TextEncoder().encode('a')
          ended.resolve(trailer)
        } finally {
          if (runner === 'near') left = true
          ended.reject(new HitherError('cancelled', 'left'))
        }
      }
      ended.promise.catch(() => undefined)
      const stream = pieces()
      // A generator that was not begun hears of no end.
      return {
        head: { status: 200, headers: [] },
        body: {
          [Symbol.asyncIterator]: () => ({
            next: () => stream.next(),
            return: async () => ((left ||= runner === 'near'), stream.return(undefined)),
          }),
        },
        trailer: ended.promise,
      }
    }
  const { ask, machine, near, kept } = await late(streams('far'))
  const answer = ask({ hedge: 50 })
  await machine.pass(49)
  // Both begin in the same moment.
  near.answer(async (header, body) => {
    await settle()
    return streams('near')(header, body)
  })
  await machine.pass(1)
  const result = await answer
  expect(result.peer).toBe('far')
  expect(isWhole(result.body)).toBe(false)
  let text = ''
  for await (const piece of piecesOf(result.body)) text += new TextDecoder().decode(piece)
  expect(text).toBe('a')
  await result.report
  await settle()
  expect([near.left, left]).toContain(true)
  expect(kept).toHaveLength(1)
})
