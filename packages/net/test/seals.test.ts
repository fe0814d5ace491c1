import {
  encodeCallHeader,
  encodeResponseHead,
  encodeSeals,
  encodeTrailer,
  type Frame,
  SealTree,
  type SealPlace,
  type WholeAnswer,
} from '@hither/core'
import { expect, test } from 'vitest'
import { SEAL_LATE_MS, SEALS_OWED_MAX } from '../src/limits/calls.ts'
import { FRAME } from '../src/protocols/call/frames.ts'
import { seals } from '../src/protocols/call/seals.ts'
import { sha256 } from '../src/sha256.ts'
import { callPair, framesIn } from './helpers/call-pair.ts'
import { callerEnd, callsOf, say, serverEnd, settle, type CallerEnd } from './helpers/call-ends.ts'
import { manualTime } from './helpers/manual-timers.ts'
import { answerOf, echo, header, NOTHING, pattern, services, wholly } from './helpers/services.ts'

const TREE = new SealTree([new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)], [], new Uint8Array(64).fill(3))
const SEAL: SealPlace = { tree: TREE, at: 0 }
const ALONE = TREE.only(0, sha256)
/** Of an answer that goes out piece by piece. */
const LONG = 200_000
const UNSIGNED = { code: 'bad-answer', message: expect.stringContaining('did not sign') }
const good = await answerOf(header(), NOTHING, NOTHING, 'runner')
const CALL = encodeCallHeader(header())
const frame = (type: number, id: number, payload: Uint8Array = NOTHING): Frame => ({ type, id, payload })

/** A call that was answered, and its signature, which is owed. */
async function answered(end: CallerEnd, id = 1): Promise<{ seal: Promise<SealPlace> | undefined }> {
  const call = wholly(end.calls.call(header(), NOTHING))
  const head = frame(FRAME.HEAD, id, encodeResponseHead({ status: 200, headers: [] }))
  say(end.far, head, frame(FRAME.TRAILER, id, encodeTrailer(good.trailer)))
  const { seal } = (await call).trailer
  return { seal }
}

test('the signature comes after the answer, which does not wait for it', async () => {
  const signing = Promise.withResolvers<SealPlace>()
  const signed: typeof echo = async (...args) => {
    const { head, body, trailer } = (await echo(...args)) as WholeAnswer
    return { ...(head && { head }), body, trailer: { ...trailer, seal: signing.promise } }
  }
  const { calls } = callPair(services({ call: signed }))
  const answers = await Promise.all([1, 2].map((size) => wholly(calls.call(header(), pattern(size)))))
  let done = false
  const over = calls.answered().then(() => (done = true))
  await settle()
  expect([calls.inFlight, done]).toEqual([0, false])
  signing.resolve(SEAL)
  for (const { trailer } of answers) {
    const { tree, at } = (await trailer.seal) ?? {}
    expect(tree?.seal(at ?? 0, sha256)).toEqual(TREE.seal(0, sha256))
  }
  await over
})

test('the signature of a long answer waits for its end, which others may hold up', async () => {
  const signing = Promise.withResolvers<SealPlace>()
  const { far, near, server } = serverEnd({
    call: async () => ({ ...good, body: pattern(LONG), trailer: { ...good.trailer, seal: signing.promise } }),
  })
  near.slow = true
  say(far, frame(FRAME.CALL, 1, CALL), frame(FRAME.END, 1), frame(FRAME.CALL, 2, CALL), frame(FRAME.END, 2))
  await settle()
  signing.resolve(SEAL)
  await settle()
  near.slow = false
  near.drain()
  await server.drain()
  const ends = framesIn(near.writes).filter(({ type }) => type === FRAME.TRAILER || type === FRAME.SEAL)
  for (const call of [1, 2]) {
    const own = ends.filter((one) => (one.type === FRAME.SEAL ? callsOf(one) : [one.id]).includes(call))
    expect(own.map(({ type }) => type)).toEqual([FRAME.TRAILER, FRAME.SEAL])
  }
})

test('a runner that drains sends the signatures that it owes, those of one moment in one write', async () => {
  const signing = Promise.withResolvers<SealPlace>()
  const { far, near, signed, server } = serverEnd({
    call: async () => ({ ...good, trailer: { ...good.trailer, seal: signing.promise } }),
  })
  const call = (id: number): Frame[] => [frame(FRAME.CALL, id, CALL), frame(FRAME.END, id)]
  say(far, ...call(1), ...call(2))
  await settle()
  const writes = near.writes.length
  let drained = false
  const draining = server.drain().then(() => (drained = true))
  await settle()
  expect(drained).toBe(false)
  signing.resolve(SEAL)
  await draining
  expect(near.writes.length).toBe(writes + 1)
  expect(signed).toEqual([1, 2])
})

test('who cannot sign says so, and who says nothing, or goes, did not sign', async () => {
  const silent = callerEnd()
  const [cannot, never] = [await answered(silent, 1), await answered(silent, 2)]
  say(silent.far, frame(FRAME.SEAL, 1))
  await expect(cannot.seal).rejects.toMatchObject(UNSIGNED)
  silent.time.advance(2 * SEAL_LATE_MS)
  await expect(never.seal).rejects.toMatchObject(UNSIGNED)
  await silent.calls.answered()
  // It is late, and concerns nobody any more.
  say(silent.far, frame(FRAME.SEAL, 0, encodeSeals({ tree: ALONE, calls: [{ call: 2, at: 0 }] })))
  await settle()
  expect(silent.calls.inFlight).toBe(0)

  const going = callerEnd()
  const lost = await answered(going)
  const over = going.calls.answered()
  going.calls.abort(new Error('gone'))
  await over
  await expect(lost.seal).rejects.toMatchObject({ code: 'link-lost' })
})

test('a signature that is none breaks the stream', async () => {
  const end = callerEnd()
  const { seal } = await answered(end)
  say(end.far, frame(FRAME.SEAL, 1, pattern(5)))
  expect(await end.ended).toMatchObject({ code: 'bad-message' })
  await expect(seal).rejects.toMatchObject({ code: 'link-lost' })
})

test('what one runner may owe is bounded', async () => {
  const owed = seals(manualTime().timers, () => {})
  for (let call = 0; call < SEALS_OWED_MAX; call++) void owed.owed(call)
  await expect(owed.owed(SEALS_OWED_MAX)).rejects.toMatchObject(UNSIGNED)
})

test('who shares a signature with many strangers gets no more of it than it needs', async () => {
  const leaves = Array.from({ length: 100 }, (_, n) => new Uint8Array(32).fill(n))
  const tree = new SealTree(leaves, [], new Uint8Array(64))
  const { far, near, signed } = serverEnd({
    call: async () => ({ ...good, trailer: { ...good.trailer, seal: Promise.resolve({ tree, at: 70 }) } }),
  })
  say(far, frame(FRAME.CALL, 1, CALL), frame(FRAME.END, 1))
  await settle()
  const [one] = framesIn(near.writes).filter(({ type }) => type === FRAME.SEAL)
  expect([signed, (one?.payload.length ?? 0) < 400]).toEqual([[1], true])

  // Nor does it keep more, whatever a runner sends.
  const end = callerEnd()
  const { seal } = await answered(end)
  say(end.far, frame(FRAME.SEAL, 0, encodeSeals({ tree, calls: [9, 8, 1].map((call) => ({ call, at: 70 })) })))
  const place = await seal
  expect(place?.tree.leaves).toHaveLength(1)
  expect(place?.tree.seal(place.at, sha256)).toEqual(tree.seal(70, sha256))
})
