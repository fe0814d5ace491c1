import { decodeRefusal, encodeCallHeader, FRAME_MAX_BYTES } from '@hither/core'
import { expect, test } from 'vitest'
import { PONGS_UNREAD_MAX, SMALL_BODY_BYTES, SMALL_FRAMES_MAX_BYTES } from '../src/limits/calls.ts'
import { FRAME } from '../src/protocols/call/frames.ts'
import { outbox, type Outbox } from '../src/protocols/call/outbox.ts'
import { pack } from '../src/protocols/call/parcel.ts'
import { replies, type Replies } from '../src/protocols/call/replies.ts'
import { say, serverEnd, settle } from './helpers/call-ends.ts'
import { answerOf, header, NOTHING } from './helpers/services.ts'

/** Calls that run at once: nearly as many as may. */
const AT_ONCE = 200

/** What a runner says on a stream that is full after each write. */
function slowly(): { box: Outbox; says: Replies; aborted: Error[] } {
  const aborted: Error[] = []
  const box = outbox({ write: () => false, ahead: () => says.ahead() })
  const says: Replies = replies({
    stream: { outbox: box, abort: (why) => void aborted.push(why), close: async () => {} },
    teller: { news: () => NOTHING },
    adverts: () => undefined,
    idle: () => false,
  })
  return { box, says, aborted }
}

test('a caller that reads is not cut off for its pings, however long other things wait for it', () => {
  const { box, says, aborted } = slowly()
  const body = new Uint8Array(2 * FRAME_MAX_BYTES)
  for (let id = 1; id <= 2 * PONGS_UNREAD_MAX; id++) {
    says.send(pack(id, [], body))
    says.pong(id, NOTHING)
    box.drained()
  }
  expect(box.waitingBytes).toBeGreaterThan(FRAME_MAX_BYTES)
  expect(aborted).toEqual([])
})

test('a caller that reads some of what it is answered, and asks for more than that, is cut off', () => {
  const { box, says, aborted } = slowly()
  for (let id = 1; id <= PONGS_UNREAD_MAX; id++) says.pong(id, NOTHING)
  box.drained()
  expect(aborted).toEqual([])
  for (let id = 1; id <= PONGS_UNREAD_MAX; id++) says.pong(id, NOTHING)
  expect(aborted).toEqual([])
  says.pong(1, NOTHING)
  expect(aborted).toMatchObject([{ code: 'bad-message' }])
})

test('a caller with many small answers to read is refused more calls, and not cut off', async () => {
  const answer = await answerOf(header(), NOTHING, new Uint8Array(SMALL_BODY_BYTES), 'runner')
  const { far, near, got } = serverEnd({ call: async () => answer })
  near.slow = true
  const payload = encodeCallHeader(header())
  const calls = (2 * SMALL_FRAMES_MAX_BYTES) / SMALL_BODY_BYTES
  for (let id = 1; id <= calls; id++) {
    say(far, { type: FRAME.CALL, id, payload }, { type: FRAME.END, id, payload: NOTHING })
    // So many run at once, and none is answered before the last of them begins.
    if (id % AT_ONCE === 0) await settle()
  }
  near.slow = false
  near.drain()
  await settle()
  const answered = got.filter(({ type }) => type === FRAME.TRAILER)
  const refused = got.filter(({ type }) => type === FRAME.REFUSED)
  expect(answered.length * SMALL_BODY_BYTES).toBeGreaterThan(SMALL_FRAMES_MAX_BYTES / 2)
  expect(answered.length + refused.length).toBe(calls)
  expect(new Set(refused.map((frame) => decodeRefusal(frame.payload).error.code))).toEqual(new Set(['busy']))
  expect(near.aborted).toBeUndefined()
})
