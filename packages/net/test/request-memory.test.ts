import { decodeRefusal, encodeCallHeader, type Frame } from '@hither/core'
import { expect, test } from 'vitest'
import { budget } from '../src/budget.ts'
import { REQUEST_WHOLE_MS } from '../src/limits/calls.ts'
import { FRAME } from '../src/protocols/call/frames.ts'
import { say, serverEnd, settle, type ServerEnd } from './helpers/call-ends.ts'
import { header, NOTHING, pattern } from './helpers/services.ts'

const frame = (type: number, id: number, payload: Uint8Array = NOTHING): Frame => ({ type, id, payload })
const CALL = encodeCallHeader(header())

test('bodies of all links together are bounded: more are refused as busy, calls without one are not', async () => {
  const memory = budget(1_000)
  const one = serverEnd({}, memory)
  const other = serverEnd({}, memory)
  say(one.far, frame(FRAME.CALL, 1, CALL), frame(FRAME.DATA, 1, pattern(600)))
  await settle()
  say(
    other.far,
    frame(FRAME.CALL, 1, CALL),
    frame(FRAME.DATA, 1, pattern(600)),
    frame(FRAME.END, 1),
    frame(FRAME.CALL, 2, CALL),
    frame(FRAME.END, 2),
  )
  await settle()
  expect(other.got[0]).toMatchObject({ type: FRAME.REFUSED, id: 1 })
  expect(decodeRefusal(other.got[0]?.payload ?? NOTHING).error.code).toBe('busy')
  expect(other.got.at(-1)).toMatchObject({ type: FRAME.TRAILER, id: 2 })
})

const ends: [string, (end: ServerEnd) => void][] = [
  ['is answered', ({ far }) => say(far, frame(FRAME.END, 1))],
  ['is cancelled', ({ far }) => say(far, frame(FRAME.CANCEL, 1))],
  ['is refused', ({ server }) => void server.drain()],
  ['is too late', ({ time }) => time.advance(10_000)],
  ['loses its caller', ({ far }) => void far.close()],
  ['runs when its caller is lost', ({ far }) => (say(far, frame(FRAME.END, 1)), void far.close())],
]
test.each(ends)('a request that %s gives back its memory, once', async (_, finish) => {
  const memory = budget(1_000)
  const end = serverEnd({}, memory)
  say(end.far, frame(FRAME.CALL, 1, CALL), frame(FRAME.DATA, 1, pattern(600)))
  await settle()
  expect(memory.take(401)).toBe(false)
  finish(end)
  await settle()
  await end.server.drain()
  await settle()
  expect([memory.take(1_000), memory.take(1)]).toEqual([true, false])
})

test('what runs holds its memory until it has stopped, also when its caller is gone', async () => {
  const memory = budget(1_000)
  const stopped = Promise.withResolvers<never>()
  const { far, ended } = serverEnd({ call: () => stopped.promise }, memory)
  say(far, frame(FRAME.CALL, 1, CALL), frame(FRAME.DATA, 1, pattern(600)), frame(FRAME.END, 1))
  void far.close()
  await ended
  expect(memory.take(1_000)).toBe(false)
  stopped.reject(new Error('stopped'))
  await settle()
  expect(memory.take(1_000)).toBe(true)
})

test('heads count too, also of calls that have no body', async () => {
  const long = encodeCallHeader(header({ headers: [['x-long', 'x'.repeat(600)]] }))
  const memory = budget(1_000)
  const { far, got } = serverEnd({}, memory)
  say(far, frame(FRAME.CALL, 1, long), frame(FRAME.CALL, 2, long))
  await settle()
  expect(got).toMatchObject([{ type: FRAME.REFUSED, id: 2 }])
  say(far, frame(FRAME.END, 1))
  await settle()
  expect(got.at(-1)).toMatchObject({ type: FRAME.TRAILER, id: 1 })
  expect([memory.take(1_000), memory.take(1)]).toEqual([true, false])
})

test('a request in frames that does not come to its end is held no longer than one may need', async () => {
  const memory = budget(1_000)
  const { far, got, time } = serverEnd({}, memory)
  const patient = encodeCallHeader(header({ remainingMs: 900_000 }))
  say(far, frame(FRAME.CALL, 1, patient), frame(FRAME.DATA, 1, pattern(600)))
  await settle()
  time.advance(REQUEST_WHOLE_MS - 1)
  await settle()
  expect(got).toEqual([])
  time.advance(1)
  await settle()
  expect(got[0]).toMatchObject({ type: FRAME.REFUSED, id: 1 })
  expect(decodeRefusal(got[0]?.payload ?? NOTHING).error).toMatchObject({ code: 'busy' })
  expect([memory.take(1_000), memory.take(1)]).toEqual([true, false])
})

test('what runs, or flows on a stream, has all the time that its caller gives it', async () => {
  const { far, got, time } = serverEnd({ call: () => new Promise(() => {}) })
  const patient = encodeCallHeader(header({ remainingMs: 900_000 }))
  say(far, frame(FRAME.CALL, 1, patient), frame(FRAME.END, 1), frame(FRAME.CALL, 2, patient), frame(FRAME.STREAM, 2))
  await settle()
  time.advance(899_000)
  await settle()
  expect(got).toEqual([])
})
