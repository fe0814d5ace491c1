import { encodeFrames, RECORD_MAX_BYTES } from '@hither/core'
import { expect, test } from 'vitest'
import { BLOCK_QUESTION_MAX_BYTES, NAME_QUESTION_MAX_BYTES, QUESTION_MAX_MS } from '../src/limits/questions.ts'
import { settle } from './helpers/call-ends.ts'
import { ended, intruder } from './helpers/intruder.ts'
import { longTimers } from './helpers/long-timers.ts'
import { pair, peer } from './helpers/peers.ts'
import { pattern, services, someCid } from './helpers/services.ts'

/** A frame's first bytes, which say how long its payload will be. */
function claim(bytes: number): Uint8Array {
  const head = encodeFrames([{ type: 1, id: 0, payload: new Uint8Array(0) }])
  new DataView(head.buffer).setUint32(0, bytes + 5)
  return head
}

test.each([
  ['/hither/block/1', BLOCK_QUESTION_MAX_BYTES],
  ['/hither/name/1', NAME_QUESTION_MAX_BYTES],
])('%s refuses a question that is longer than one needs to be, before it comes', async (protocol, maxBytes) => {
  const connection = await intruder(await peer())
  const stream = await connection.newStream(protocol)
  stream.send(claim(maxBytes + 1))
  await ended(stream)
  expect(stream.status).not.toBe('open')
})

test('a question that does not come whole is given up soon, also where it comes bit by bit', async () => {
  const timers = longTimers()
  const connection = await intruder(await peer({ components: { timers } }))
  const stream = await connection.newStream('/hither/block/1')
  stream.send(claim(BLOCK_QUESTION_MAX_BYTES))
  let sent = 0
  while (stream.status === 'open') {
    stream.send(new Uint8Array(1))
    sent += 1
    timers.pass(QUESTION_MAX_MS)
    await settle()
  }
  expect(sent).toBeLessThan(BLOCK_QUESTION_MAX_BYTES)
})

test('the longest questions fit', async () => {
  const heard: unknown[] = []
  const [a, b] = await pair(
    services(),
    services({ announce: async (_from, record) => (heard.push(record.length), { kept: true }) }),
  )
  expect(await a.announce(b.self, pattern(RECORD_MAX_BYTES))).toEqual({ kept: true })
  expect(await a.kit(b.self, someCid, 'k'.repeat(64))).toEqual({})
  expect(heard).toEqual([RECORD_MAX_BYTES])
})
