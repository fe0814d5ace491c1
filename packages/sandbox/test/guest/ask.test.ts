import { beforeEach, expect, test } from 'vitest'
import { ask, settleAsk } from '../../src/guest/ask.ts'
import { heapBytes } from '../../../../test/support/heap.ts'
import { closeCall, enter, openCall, type Call } from '../../src/guest/call/calls.ts'
import { connect } from '../../src/guest/host.ts'
import { ASKS_CALL_MAX } from '../../src/guest/wall/limits.ts'
import type { HostPort, Reply } from '../../src/guest/wall/protocol.ts'

let asked: { number: number; owner: number; text: string }[] = []
let atOnce: Reply | undefined
let lastCall = 0

beforeEach(() => {
  asked = []
  atOnce = undefined
  connect({
    ask: (number: number, owner: number, _service: string, text: string) => {
      asked.push({ number, owner, text })
      return atOnce
    },
  } as unknown as HostPort)
  enter(openCall(++lastCall))
})

const microtasks = (): Promise<void> => new Promise((go) => setImmediate(go))

test('an answer at once is the text or the bytes', async () => {
  atOnce = '=text'
  await expect(ask('any', '')).resolves.toBe('text')
  atOnce = new ArrayBuffer(3)
  await expect(ask('any', '')).resolves.toBe(atOnce)
})

test('errors are those of the isolate', async () => {
  atOnce = '!TypeError\nno\nsuch'
  await expect(ask('any', '')).rejects.toThrow(new TypeError('no\nsuch'))
  atOnce = '!DataError\nno key'
  await expect(ask('any', '')).rejects.toMatchObject({ name: 'DataError', message: 'no key' })
})

test('of many, all are answered, so many at a time and in their order', async () => {
  const answers = Array.from({ length: 1000 }, (_, i) => ask('any', String(i)))
  for (let settled = 0; settled < 1000; settled++) {
    await microtasks()
    expect(asked.length - settled).toBe(Math.min(ASKS_CALL_MAX, 1000 - settled))
    const next = asked[settled]
    settleAsk(next?.number ?? 0, `=${next?.text}`)
  }
  await expect(Promise.all(answers)).resolves.toEqual(Array.from({ length: 1000 }, (_, i) => String(i)))
})

test('those in line are asked on account of the call that they came from', async () => {
  for (let i = 0; i <= ASKS_CALL_MAX; i++) void ask('any', '')
  enter(openCall(++lastCall))
  await microtasks()
  settleAsk(asked[0]?.number ?? 0, '=')
  await microtasks()
  expect(asked).toHaveLength(ASKS_CALL_MAX + 1)
  expect(new Set(asked.map(({ owner }) => owner))).toEqual(new Set([lastCall - 1]))
})

test('a call that has ended learns nothing', async () => {
  const call = openCall(++lastCall)
  enter(call)
  let told = false
  void ask('any', '').finally(() => (told = true))
  closeCall(call)
  settleAsk(asked[0]?.number ?? 0, '=')
  await microtasks()
  expect(told).toBe(false)
})

test('a call that asks once more while it ends, as for what it leaves unread, is kept no longer for that', async () => {
  atOnce = '='
  const ended = await (async (): Promise<WeakRef<Call>> => {
    const call = openCall(++lastCall)
    enter(call)
    await ask('any', '')
    closeCall(call)
    await ask('any', 'drop')
    return new WeakRef(call)
  })()
  enter(openCall(++lastCall))
  await microtasks()
  heapBytes()
  expect(ended.deref()).toBeUndefined()
})

test('nor is one that asks behind its end for what takes time', async () => {
  const ended = ((): WeakRef<Call> => {
    const call = openCall(++lastCall)
    enter(call)
    closeCall(call)
    void ask('any', '')
    return new WeakRef(call)
  })()
  enter(openCall(++lastCall))
  await microtasks()
  heapBytes()
  expect(asked).toHaveLength(1)
  expect(ended.deref()).toBeUndefined()
})
