import { FRAME_MAX_BYTES } from '@hither/core'
import { expect, test } from 'vitest'
import { PONGS_UNREAD_MAX } from '../src/limits/calls.ts'
import { outbox, type Outbox } from '../src/protocols/call/outbox.ts'
import { pack } from '../src/protocols/call/parcel.ts'
import { replies, type Replies } from '../src/protocols/call/replies.ts'
import { NOTHING } from './helpers/services.ts'

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
