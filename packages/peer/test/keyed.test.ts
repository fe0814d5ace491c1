import { HitherError, type CallProgress, type Headers, type RunnerState } from '@hither/core'
import { expect, test } from 'vitest'
import type { CallComponents } from '../src/call/journey.ts'
import { keyedCalls } from '../src/call/keyed.ts'
import { KEYED_MAX } from '../src/limits/calls.ts'
import { REPLAY_MS } from '../src/limits/serving.ts'
import { answers, fails, network, type Act, type Network } from './caller.ts'
import { idleState } from './fakes.ts'

const once = { method: 'POST', idempotencyKey: 'order-7' }
const away = { ...idleState, accepting: false }

/** The nearest runner's newest word. */
function says({ placement, now }: CallComponents, state: RunnerState): void {
  placement.observe({ type: 'state', peer: 'near', state }, now())
}

/** The nearest loses its link after the call was sent, and would answer the second time. */
async function lostAtFirst(manifest = {}): Promise<Network> {
  let calls = 0
  const near: Act = (header, body) => (++calls === 1 ? fails('link-lost') : answers('near'))(header, body)
  return network({ near, far: answers('far') }, manifest)
}

test('a call repeated with its key waits for nobody but the runner that may have run it', async () => {
  const { ask, called, on } = await lostAtFirst()
  await expect(ask(once)).rejects.toMatchObject({ code: 'link-lost' })
  says(on, away)
  await expect(ask(once)).rejects.toMatchObject({
    code: 'no-runner',
    why: expect.stringContaining('sent to near before, under this idempotency key') as string,
    data: { tried: [{ peer: 'near' }] },
  })
  expect(called).toEqual(['near'])
  says(on, idleState)
  expect(await ask(once)).toMatchObject({ peer: 'near' })
  expect(called).toEqual(['near', 'near'])
})

test('an answered call is repeated where it was answered, though others are nearer by now', async () => {
  const { ask, on } = await network({ near: answers('near'), far: answers('far') })
  says(on, away)
  expect(await ask(once)).toMatchObject({ peer: 'far' })
  says(on, idleState)
  expect(await ask(once)).toMatchObject({ peer: 'far' })
  const traced = { ...once, headers: [['traceparent', `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`]] as Headers }
  expect(await ask(traced)).toMatchObject({ peer: 'far' })
  expect(await ask({ ...once, idempotencyKey: 'order-8' })).toMatchObject({ peer: 'near' })
  expect(await ask({ ...once, body: Uint8Array.of(1) })).toMatchObject({ peer: 'near' })
})

test('while a call is under way its repetition goes to the same runner', async () => {
  const held = Promise.withResolvers<void>()
  const near: Act = async (header, body) => {
    await held.promise
    return answers('near')(header, body)
  }
  const { ask, called, on } = await network({ near, far: answers('far') })
  const first = ask(once)
  await expect.poll(() => called).toEqual(['near'])
  says(on, away)
  const second = expect(ask(once)).rejects.toMatchObject({ code: 'no-runner' })
  held.resolve()
  expect(await first).toMatchObject({ peer: 'near' })
  await second
  expect(called).toEqual(['near'])
})

test('a repetition waits no longer for the call under way than its caller does', async () => {
  const held = holding()
  const { ask, called, on } = await network({ near: held.act, far: answers('far') })
  const first = ask(once)
  await expect.poll(() => called).toEqual(['near'])
  says(on, away)
  const gone = new AbortController()
  const leaves = (event: CallProgress): void =>
    event.type === 'call:waiting' ? gone.abort(new HitherError('cancelled', 'it left')) : undefined
  await expect(ask(once, { signal: gone.signal, onProgress: leaves })).rejects.toMatchObject({ code: 'cancelled' })
  held.refuse()
  await first
})

/** Holds what it is asked until it is told to refuse it, in the order in which it was asked. */
function holding(): { act: Act; refuse: () => void } {
  const held: (() => void)[] = []
  const act: Act = async (header, body) => {
    await new Promise<void>((resolve) => held.push(resolve))
    return fails('unsupported')(header, body)
  }
  return { act, refuse: () => held.shift()?.() }
}

test('when a call under way is refused, its repetition goes where that goes then', async () => {
  const { act, refuse } = holding()
  const { ask, called, on } = await network({ near: act, far: answers('far') })
  const first = ask(once)
  await expect.poll(() => called).toEqual(['near'])
  says(on, away)
  const second = ask(once)
  refuse()
  expect(await Promise.all([first, second])).toMatchObject([{ peer: 'far' }, { peer: 'far' }])
  expect(called).toEqual(['near', 'far', 'far'])
})

test('a call that is refused waits for its repetition at the same runner, and goes elsewhere when that is refused too', async () => {
  const { act, refuse } = holding()
  const { ask, called } = await network({ near: act, far: answers('far') })
  const waiting = Promise.withResolvers<void>()
  const onProgress = (event: CallProgress): void => void (event.type === 'call:waiting' && waiting.resolve())
  const first = ask(once, { onProgress })
  const second = ask(once)
  await expect.poll(() => called).toEqual(['near', 'near'])
  refuse()
  await waiting.promise
  refuse()
  expect(await Promise.all([first, second])).toMatchObject([{ peer: 'far' }, { peer: 'far' }])
  expect(called).toEqual(['near', 'near', 'far', 'far'])
})

test('a refusal binds to nobody: nothing ran', async () => {
  const { ask, called } = await network({ near: fails('unsupported'), far: answers('far') })
  expect(await ask(once)).toMatchObject({ peer: 'far' })
  expect(await ask(once)).toMatchObject({ peer: 'far' })
  expect(called).toEqual(['near', 'far', 'far'])
})

test('of two that wait for the same end, the second goes where the first goes, whatever the router would choose', async () => {
  const { act, refuse } = holding()
  const { ask, called, on } = await network({ near: act, far: answers('far'), farther: answers('farther') })
  const left = new AbortController()
  const first = ask(once, { signal: left.signal }).catch((thrown: unknown) => thrown)
  await expect.poll(() => called).toEqual(['near'])
  says(on, away)
  const { placement } = on
  const turns = ['far', 'farther']
  on.placement = {
    observe: (...args) => placement.observe(...args),
    knows: (peer) => placement.knows(peer),
    isAlone: (peer) => placement.isAlone(peer),
    route(query, at) {
      const free = query.require === undefined && placement.route(query, at).choice !== undefined
      return placement.route(free ? { ...query, require: [turns.shift() ?? 'far'] } : query, at)
    },
  }
  const others = [ask(once), ask(once)]
  // So that they choose both at once.
  left.abort(new HitherError('cancelled', 'it left'))
  refuse()
  expect(await first).toMatchObject({ code: 'cancelled' })
  expect(await Promise.all(others)).toMatchObject([{ peer: 'far' }, { peer: 'far' }])
})

test('what effects or method allow to run twice goes where any call goes', async () => {
  for (const [params, manifest] of [
    [{ ...once, method: 'GET' }, {}],
    [once, { effects: 'idempotent' }],
  ] as const) {
    const { ask, on } = await network({ near: answers('near'), far: answers('far') }, manifest)
    expect(await ask(params)).toMatchObject({ peer: 'near' })
    says(on, away)
    expect(await ask(params)).toMatchObject({ peer: 'far' })
  }
})

test('a runner that kept no answer does not end a call that may run twice', async () => {
  const near = fails('already-ran')
  const pure = await network({ near, far: answers('far') }, { effects: 'pure' })
  expect(await pure.ask(once)).toMatchObject({ peer: 'far' })
  const undeclared = await network({ near, far: answers('far') })
  await expect(undeclared.ask(once)).rejects.toMatchObject({ code: 'already-ran' })
  expect(undeclared.called).toEqual(['near'])
})

test('the manifest of a function that is not here is asked for when its runner is gone', async () => {
  const { ask, on } = await network({ near: answers('near'), far: answers('far') }, { effects: 'pure' })
  on.functions = { ...on.functions, local: () => undefined }
  expect(await ask(once)).toMatchObject({ peer: 'near' })
  says(on, away)
  expect(await ask(once)).toMatchObject({ peer: 'far' })
})

test('a key is remembered for as long as its runner may keep the outcome', () => {
  let now = 0
  const keyed = keyedCalls(() => now)
  keyed.sent('a', 'runner', 1000)(true)
  now = 1000 + REPLAY_MS - 1
  expect(keyed.runnerOf('a')).toBe('runner')
  now += 1
  expect(keyed.runnerOf('a')).toBeUndefined()
})

test('of more keys than there is room for the oldest is forgotten', () => {
  const keyed = keyedCalls(() => 0)
  for (let n = 0; n <= KEYED_MAX; n++) keyed.sent(`key ${n}`, 'runner', 1000)(true)
  expect(keyed.runnerOf('key 0')).toBeUndefined()
  expect(keyed.runnerOf('key 1')).toBe('runner')
  expect(keyed.runnerOf(`key ${KEYED_MAX}`)).toBe('runner')
})
