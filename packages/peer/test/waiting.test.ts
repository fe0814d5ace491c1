import { getEventListeners } from 'node:events'
import { HitherError, type CallProgress } from '@hither/core'
import { expect, test } from 'vitest'
import { waitingRoom } from '../src/call/waiting.ts'
import { WAIT_DEFAULT_MS } from '../src/limits/calls.ts'
import { answers, fails, network, type Act } from './caller.ts'
import { idleState } from './fakes.ts'
import { fakeMachine, settle } from './volunteer/machine.ts'

/** Full for so many calls, each time with the same word on when to come again; then it answers. */
function fullFor(times: number, runner: string, retryAfterMs = 50): Act {
  let left = times
  return async (header, body) => {
    if (left-- <= 0) return answers(runner)(header, body)
    throw new HitherError('busy', 'every place is taken', { data: { retryAfterMs } })
  }
}

/** Until the deadline of one that waits, in ms. */
const TIME_MS = 30_000

const waits = (events: CallProgress[]): CallProgress[] => events.filter(({ type }) => type === 'call:waiting')

test('a call that only full runners refused waits a moment for a place, and is told whom for', async () => {
  const { ask, events, called } = await network({ near: fullFor(3, 'near') })
  const result = await ask({ method: 'POST' })
  expect(result).toMatchObject({
    peer: 'near',
    attempts: [{ outcome: 'busy', times: 3 }, { outcome: 'answered' }],
  })
  expect(called).toHaveLength(4)
  expect(waits(events)).toMatchObject([{ who: ['near'], why: 'the one runner that could take it is full', nextMs: 50 }])
})

test('it waits no longer than a moment unless its caller says so, and then as long as that', async () => {
  const { ask, now } = await network({ near: fullFor(1000, 'near') })
  await expect(ask()).rejects.toMatchObject({ code: 'no-runner', data: { tried: [{ peer: 'near', code: 'busy' }] } })
  expect(now()).toBe(WAIT_DEFAULT_MS)
  await expect(ask({ waitMs: 5000 })).rejects.toMatchObject({ code: 'no-runner' })
  expect(now()).toBe(WAIT_DEFAULT_MS + 5000)
  await expect(ask({ waitMs: 0 })).rejects.toMatchObject({ code: 'no-runner' })
  expect(now()).toBe(WAIT_DEFAULT_MS + 5000)
})

test('where it has waited in vain it is told when there should be a place', async () => {
  const { ask } = await network({ near: fullFor(1000, 'near', 40_000), far: fullFor(1000, 'far', 12_000) })
  await expect(ask({ waitMs: 100 })).rejects.toMatchObject({
    code: 'no-runner',
    fix: expect.stringContaining('a place in 12 s'),
    data: { retryAfterMs: 12_000 },
  })
})

test('it stops waiting while there is time to say why nobody took it', async () => {
  const { ask, now } = await network({ near: fullFor(1000, 'near') })
  await expect(ask({ waitMs: 30_000, deadlineMs: 500 })).rejects.toMatchObject({ code: 'no-runner' })
  expect(now()).toBeLessThan(500)
})

test('it asks again when the runner said, within bounds that nobody’s word moves', async () => {
  for (const [said, pause] of [
    [0, 20],
    [300, 300],
    [60_000, 1000],
  ] as const) {
    const { ask, now } = await network({ near: fullFor(2, 'near', said) })
    await ask({ waitMs: 10_000 })
    expect(now()).toBe(2 * pause)
  }
})

test('a call that waits holds on to nothing of its attempts, however many they are', async () => {
  const { ask, on } = await network({ near: fullFor(5, 'near') })
  const turn = on.waiting.turn.bind(on.waiting)
  const listeners: number[] = []
  on.waiting.turn = (place, pause, signal) => {
    listeners.push(getEventListeners(signal, 'abort').length)
    return turn(place, pause, signal)
  }
  await ask({ waitMs: 10_000 })
  expect(listeners).toEqual([0, 0, 0, 0, 0])
})

test('where its own machine alone could run it, a call waits there in line; who may go elsewhere is refused at once', async () => {
  const told: unknown[] = []
  const own: Act = (header, body, options) => {
    told.push(options !== undefined && 'waitMs' in options ? options.waitMs : undefined)
    return answers('self')(header, body)
  }
  const alone = await network({ self: own })
  await alone.ask()
  await alone.ask({ waitMs: 500 })
  await alone.ask({ waitMs: 0 })
  const two = await network({ self: own, far: answers('far') })
  expect(await two.ask()).toMatchObject({ peer: 'self' })
  expect(told).toEqual([Infinity, 500, 0, 0])
  // Others that are no runners change nothing.
  const beside = await network({ self: own, caller: answers('caller'), resting: answers('resting') })
  beside.on.placement.observe({ type: 'down', peer: 'caller' }, 0)
  beside.on.placement.observe({ type: 'state', peer: 'resting', state: { ...idleState, accepting: false } }, 0)
  await beside.ask()
  expect(told.at(-1)).toBe(Infinity)
})

test('nobody waits for a runner that could not take the call at all', async () => {
  for (const code of ['not-admitted', 'unsupported', 'unknown-function', 'draining', 'not-volunteering'] as const) {
    const { ask, now } = await network({ near: fails(code) })
    await expect(ask()).rejects.toMatchObject({ code: 'no-runner' })
    expect(now()).toBe(0)
  }
})

test('whoever says how long waits also for one that takes no work just now, and for the first to appear', async () => {
  const resting = await network({ near: fails('draining') })
  await expect(resting.ask({ waitMs: 3000 })).rejects.toMatchObject({ code: 'no-runner' })
  expect(resting.now()).toBe(3000)
  const denied = await network({ near: fails('not-admitted') })
  await expect(denied.ask({ waitMs: 3000 })).rejects.toMatchObject({ code: 'no-runner' })
  expect(denied.now()).toBe(0)
  const alone = await network({})
  const answer = alone.ask({ waitMs: 60_000 })
  await settle()
  alone.appear('late', answers('late'))
  expect(await answer).toMatchObject({ peer: 'late' })
})

test('it goes to whoever has a place first, not only to the one that it waits for', async () => {
  const { ask, appear } = await network({ near: fullFor(1000, 'near') })
  const answer = ask({ waitMs: 60_000 })
  await settle()
  appear('other', answers('other'))
  expect(await answer).toMatchObject({ peer: 'other' })
})

test('a call that its caller gives up while it waits is over at once', async () => {
  const { ask, on } = await network({ near: fullFor(1e9, 'near') })
  const giveUp = new AbortController()
  const answer = ask({ waitMs: 1e9, deadlineMs: 9e5 }, { signal: giveUp.signal })
  await settle()
  giveUp.abort()
  await expect(answer).rejects.toMatchObject({ code: 'cancelled', data: { attempts: [{ outcome: 'busy' }] } })
  expect(on.waiting.length).toBe(0)
})

test('while calls wait for a full runner, one that comes then waits behind them and does not ask it', async () => {
  const machine = fakeMachine()
  let full = true
  const act: Act = async (header, body) => {
    if (!full) return answers('near')(header, body)
    throw new HitherError('busy', 'every place is taken', { data: { retryAfterMs: 100 } })
  }
  const { ask, called, on } = await network({ near: act }, {}, 0, machine)
  const first = ask({ waitMs: 10_000, path: '/1' })
  await settle()
  expect(called).toHaveLength(1)
  const others = [ask({ waitMs: 10_000 }), ask({ waitMs: 10_000 })]
  const hasty = ask({ waitMs: 0 })
  await expect(hasty).rejects.toMatchObject({ code: 'no-runner' })
  await settle()
  expect([called.length, on.waiting.length]).toEqual([2, 3])
  full = false
  on.waiting.freed('near', 1)
  expect(await first).toMatchObject({ peer: 'near' })
  await machine.pass(1000)
  expect(await Promise.all(others)).toMatchObject([{ peer: 'near' }, { peer: 'near' }])
})

test('a call that waits no longer asks once more where nobody else does, else it is told what others were', async () => {
  const machine = fakeMachine()
  const { ask, called } = await network({ near: fullFor(1e9, 'near', 1000) }, {}, 0, machine)
  const noRunner = { code: 'no-runner', data: { tried: [{ peer: 'near', code: 'busy' }] } }
  const first = expect(ask({ waitMs: 60 })).rejects.toMatchObject(noRunner)
  await settle()
  const second = expect(ask({ waitMs: 30 })).rejects.toMatchObject(noRunner)
  await machine.pass(30)
  await second
  expect(called).toHaveLength(1)
  await machine.pass(30)
  await first
  expect(called).toHaveLength(2)
})

test('however many calls are told to wait, a full runner is asked no more often than it said', async () => {
  const machine = fakeMachine()
  const { ask, called } = await network({ near: fullFor(1e9, 'near', 100) }, {}, 0, machine)
  const calls: Promise<unknown>[] = []
  for (let ms = 0; ms < 3000; ms += 10) {
    calls.push(expect(ask()).rejects.toMatchObject({ code: 'no-runner' }))
    await machine.pass(10)
  }
  await machine.pass(2000)
  await Promise.all(calls)
  // By its first word; each refusal that follows at once makes the router wait longer.
  expect(called.length).toBeLessThanOrEqual(5000 / 75 + 1)
})

const place = (number: number, full: string[], hopeless: string[] = [], fn = 'x') => ({
  number,
  fn,
  full: new Set(full),
  timeMs: TIME_MS,
  hopeless: new Set(hopeless),
})

test('of those that wait for one runner only the first asks, and the others in their order', async () => {
  const machine = fakeMachine()
  const room = waitingRoom(machine.timers)
  const { signal } = new AbortController()
  const asked: number[] = []
  const wait = async (number: number, full: string[]): Promise<void> => {
    await room.turn(place(number, full), { ms: 100, leftMs: 1000 }, signal)
    asked.push(number)
  }
  // The second came before the first that waits here: it asked in vain and is back.
  const all = [wait(2, ['a']), wait(1, ['a', 'b']), wait(3, ['c'])]
  await machine.pass(100)
  expect(asked).toEqual([1, 3])
  await machine.pass(100)
  expect(asked).toEqual([1, 3, 2])
  await Promise.all(all)
  expect(room.length).toBe(0)
  expect(machine.waiting()).toBe(0)
})

test('a runner is asked again in time though each call waits for less than it said', async () => {
  const machine = fakeMachine()
  const room = waitingRoom(machine.timers)
  const { signal } = new AbortController()
  const all: Promise<boolean>[] = []
  for (let number = 1; number <= 80; number++) {
    all.push(room.turn(place(number, ['a']), { ms: 900, leftMs: 500 }, signal))
    await machine.pass(50)
  }
  await machine.pass(1000)
  const asked = (await Promise.all(all)).filter(Boolean).length
  // In four seconds, and the last of all, with whom nobody else waits.
  expect(asked).toBe(Math.floor(4000 / 900) + 1)
  expect(machine.waiting()).toBe(0)
})

test('who waits for another function asks for itself, for a place may be kept from the one and not from the other', async () => {
  const machine = fakeMachine()
  const room = waitingRoom(machine.timers)
  const { signal } = new AbortController()
  const asked: number[] = []
  const wait = async (number: number, fn: string): Promise<void> => {
    await room.turn(place(number, ['a'], [], fn), { ms: 100, leftMs: 1000 }, signal)
    asked.push(number)
  }
  const all = [wait(1, 'x'), wait(2, 'x'), wait(3, 'y')]
  expect([
    room.isWaitedFor('a', 'y', TIME_MS),
    room.isWaitedFor('a', 'z', TIME_MS),
    room.isWaitedFor('b', 'x', TIME_MS),
  ]).toEqual([true, false, false])
  await machine.pass(100)
  expect(asked).toEqual([1, 3])
  await machine.pass(100)
  await Promise.all(all)
  expect(asked).toEqual([1, 3, 2])
})

test('places that get free are for as many, the first first, and not for whom the runner is no help', async () => {
  const machine = fakeMachine()
  const room = waitingRoom(machine.timers)
  const { signal } = new AbortController()
  const asked: number[] = []
  const wait = async (number: number, full: string[], hopeless: string[] = []): Promise<void> => {
    await room.turn(place(number, full, hopeless), { ms: 100, leftMs: 1000 }, signal)
    asked.push(number)
  }
  const all = [wait(1, ['b'], ['a']), wait(2, ['a']), wait(3, ['b']), wait(4, ['a'])]
  room.freed('a', 2)
  await settle()
  expect(asked).toEqual([2, 3])
  room.freed('b', 10)
  await Promise.all(all)
  expect(asked).toEqual([2, 3, 1, 4])
})

test('a runner that says again how many places it has wakes nobody again: a call that it refused all the same would be back at once', async () => {
  const machine = fakeMachine()
  const room = waitingRoom(machine.timers)
  const { signal } = new AbortController()
  const asked: number[] = []
  const wait = async (number: number): Promise<void> => {
    await room.turn(place(number, ['a']), { ms: 100, leftMs: 1000 }, signal)
    asked.push(number)
  }
  const all = [wait(1), wait(2), wait(3), wait(4)]
  room.says('a', 1)
  room.says('a', 1)
  await settle()
  expect(asked).toEqual([1])
  room.says('a', 2)
  await settle()
  expect(asked).toEqual([1, 2])
  room.says('a', 0)
  room.says('a', 2)
  await Promise.all(all)
  expect(asked).toEqual([1, 2, 3, 4])
})

test('who has much more time than those in front asks for itself, and each asks in its turn', async () => {
  const machine = fakeMachine()
  const room = waitingRoom(machine.timers)
  const { signal } = new AbortController()
  const asked: number[] = []
  const wait = async (number: number, timeMs: number): Promise<void> => {
    const waiter = { ...place(number, ['a']), timeMs }
    if (await room.turn(waiter, { ms: 100, leftMs: 1000 }, signal)) asked.push(number)
  }
  const all = [wait(1, 1_000), wait(2, 30_000), wait(3, 20_000), wait(4, 1_500)]
  const isWaitedFor = (timeMs: number): boolean => room.isWaitedFor('a', place(1, ['a']).fn, timeMs)
  expect([isWaitedFor(60_000), isWaitedFor(60_001)]).toEqual([true, false])
  await machine.pass(100)
  expect(asked).toEqual([1, 2])
  await machine.pass(100)
  expect(asked).toEqual([1, 2, 3])
  await machine.pass(100)
  await Promise.all(all)
  expect(asked).toEqual([1, 2, 3, 4])
  expect(machine.waiting()).toBe(0)
})

test('a call that has much more time than the one before it does not inherit its refusal', async () => {
  const near: Act = async (header, body) => {
    if (header.remainingMs > 20_000) return answers('near')(header, body)
    throw new HitherError('busy', 'the call would wait for longer than it has', { data: { retryAfterMs: 15_000 } })
  }
  const { ask, now } = await network({ near })
  const waiting = Promise.withResolvers<void>()
  const onProgress = ({ type }: CallProgress): void => void (type === 'call:waiting' && waiting.resolve())
  const short = ask({ waitMs: 10_000, deadlineMs: 10_000 }, { onProgress }).catch(({ code }: HitherError) => [
    code,
    now(),
  ])
  await waiting.promise
  const long = await ask({ waitMs: 30_000, deadlineMs: 60_000 })
  const answeredAt = now()
  expect(long.peer).toBe('near')
  const [code, endedAt] = (await short) as [string, number]
  expect(code).toBe('no-runner')
  expect(answeredAt).toBeLessThan(endedAt)
})
