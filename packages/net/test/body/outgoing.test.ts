import { piecesOf, type ByteStream } from '@hither/core'
import { describe, expect, test } from 'vitest'
import { leaveBody, sendBody } from '../../src/protocols/body/outgoing.ts'
import { pipe, source } from '../helpers/bodies.ts'
import { settle } from '../helpers/call-ends.ts'
import { memoryPair, type MemoryDuplex } from '../helpers/memory-duplex.ts'
import { pattern } from '../helpers/services.ts'

const NEVER = new AbortController().signal

/** Two ends, of which the far one keeps what comes. */
function ends(): { near: MemoryDuplex; far: MemoryDuplex; lengths: number[]; ended: Promise<Error | undefined> } {
  const [near, far] = memoryPair()
  const lengths: number[] = []
  const end = Promise.withResolvers<Error | undefined>()
  far.listen({ data: (bytes) => void lengths.push(bytes.length), drain: () => {}, end: end.resolve })
  return { near, far, lengths, ended: end.promise }
}

test('cuts pieces of any length, leaves out empty ones, and ends the stream', async () => {
  const { near, lengths, ended } = ends()
  const pieces = piecesOf({
    async *[Symbol.asyncIterator]() {
      yield pattern(70_000)
      yield pattern(0)
      yield pattern(1)
    },
  })
  expect(await sendBody(pieces, near, NEVER)).toEqual({ how: 'whole', bytes: 70_001 })
  expect(await ended).toBeUndefined()
  expect(lengths).toEqual([32_768, 32_768, 4_464, 1])
})

test('asks for the next piece only when the stream takes more', async () => {
  const { near } = ends()
  near.slow = true
  const sent = source(1_000_000)
  const sending = sendBody(sent, near, NEVER)
  for (let pieces = 1; pieces <= 3; pieces++) {
    for (let half = 1; half <= 2; half++) {
      await settle()
      expect(sent.pulled).toBe(pieces * 65_536)
      near.drain()
    }
  }
  near.slow = false
  near.drain()
  expect(await sending).toEqual({ how: 'whole', bytes: 1_000_000 })
})

test('of a stream that takes all others have their turn in between', async () => {
  const { near } = ends()
  const sending = sendBody(source(1_000_000), near, NEVER)
  const seen: number[] = []
  for (let turn = 1; turn <= 3; turn++) {
    await new Promise((resolve) => setImmediate(resolve))
    seen.push(near.writes.length)
  }
  expect(seen).toEqual([2, 4, 6])
  expect(await sending).toEqual({ how: 'whole', bytes: 1_000_000 })
})

test('tells what its source throws, and ends the stream behind what came before', async () => {
  const { near, lengths, ended } = ends()
  const sent = pipe()
  sent.give(pattern(5))
  const error = new Error('the disk broke')
  sent.end(error)
  expect(await sendBody(sent, near, NEVER)).toEqual({ how: 'failed', bytes: 5, error })
  expect([await ended, lengths]).toEqual([undefined, [5]])
})

describe('leaves its source, also one that waits, where', () => {
  const reasons: [string, (far: MemoryDuplex, control: AbortController) => void][] = [
    ['the reader leaves', (far) => far.abort(new Error('enough'))],
    ['the reader closes the stream', (far) => void far.close()],
    ['the reader talks back', (far) => void far.send(pattern(1))],
    ['the signal aborts', (_, control) => control.abort()],
  ]
  test.each(reasons)('%s', async (_, happen) => {
    const { near, far } = ends()
    const control = new AbortController()
    const sent = pipe()
    sent.give(pattern(5))
    const sending = sendBody(sent, near, control.signal)
    await settle()
    happen(far, control)
    expect(await sending).toEqual({ how: 'left' })
    await sent.left
    expect(near.aborted).toBeDefined()
    sent.give(pattern(5))
    await settle()
    expect(near.writes).toHaveLength(1)
  })

  test('nobody wants it from the start', async () => {
    const { near } = ends()
    const sent = source(100)
    expect(await sendBody(sent, near, AbortSignal.abort())).toEqual({ how: 'left' })
    expect([await sent.over, sent.pulled]).toEqual(['left', 0])
  })

  test('the stream takes no more', async () => {
    const { near, far } = ends()
    near.slow = true
    const sent = source(Infinity)
    const sending = sendBody(sent, near, NEVER)
    await settle()
    far.abort(new Error('enough'))
    expect(await sending).toEqual({ how: 'left' })
    expect(await sent.over).toBe('left')
  })
})

test('a source that cannot even be left harms nobody', async () => {
  const { near } = ends()
  const stuck: ByteStream = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => {}),
      return: () => Promise.reject(new Error('no')),
    }),
  }
  const control = new AbortController()
  const sending = sendBody(stuck, near, control.signal)
  control.abort()
  expect(await sending).toEqual({ how: 'left' })
  await expect(leaveBody(stuck)).rejects.toThrow('no')
  await expect(leaveBody(pattern(3))).resolves.toBeUndefined()
})
