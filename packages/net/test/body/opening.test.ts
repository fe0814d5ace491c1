import { encodeFrames } from '@hither/core'
import { expect, test } from 'vitest'
import { OPENING_MAX_MS } from '../../src/limits/calls.ts'
import { BODY, encodeOpening, readOpening, type Opening } from '../../src/protocols/body/opening.ts'
import { settle } from '../helpers/call-ends.ts'
import { manualTime, type ManualTime } from '../helpers/manual-timers.ts'
import { memoryPair, type MemoryDuplex } from '../helpers/memory-duplex.ts'
import { pattern } from '../helpers/services.ts'

interface Opened {
  near: MemoryDuplex
  far: MemoryDuplex
  time: ManualTime
  openings: Opening[]
  /** Bytes that came behind the opening, and `end`. */
  got: (number | 'end')[]
}

function opened(): Opened {
  const [near, far] = memoryPair()
  const time = manualTime()
  const openings: Opening[] = []
  const got: (number | 'end')[] = []
  readOpening(near, time.timers, (opening, rest) => {
    openings.push(opening)
    rest.listen({ data: (bytes) => got.push(...bytes), drain: () => {}, end: () => got.push('end') })
  })
  return { near, far, time, openings, got }
}

test('says whose body follows, wherever the bytes are cut', async () => {
  const bytes = Uint8Array.from([...encodeOpening({ kind: BODY.ANSWER, id: 7, framed: 70_000 }), 1, 2, 3])
  for (let cut = 0; cut <= bytes.length; cut++) {
    const { far, openings, got, time } = opened()
    far.send(bytes.slice(0, cut))
    far.send(bytes.slice(cut))
    void far.close()
    await settle()
    expect([openings, got], `cut at ${cut}`).toEqual([[{ kind: BODY.ANSWER, id: 7, framed: 70_000 }], [1, 2, 3, 'end']])
    expect(time.pending()).toBe(0)
  }
})

test('a stream that ends before it has said so opens nothing, wherever it is cut', async () => {
  const bytes = encodeOpening({ kind: BODY.REQUEST, id: 7, framed: 0 })
  for (let length = 0; length < bytes.length; length++) {
    const { far, openings, time } = opened()
    far.send(bytes.slice(0, length))
    void far.close()
    await settle()
    expect([openings, time.pending()]).toEqual([[], 0])
  }
})

test.each([
  ['a kind that there is not', encodeFrames([{ type: 3, id: 7, payload: new Uint8Array(4) }])],
  [
    'an opening that is too short',
    encodeFrames([
      { type: BODY.ANSWER, id: 7, payload: pattern(3) },
      { type: 0, id: 0, payload: pattern(9) },
    ]),
  ],
  ['an opening that is too long', encodeFrames([{ type: BODY.ANSWER, id: 7, payload: pattern(5) }])],
  ['a length beyond measure', Uint8Array.from([255, 255, 255, 255, 1, 0, 0, 0, 0])],
  ['nonsense', pattern(100)],
])('%s breaks it off', async (_, bytes) => {
  const { near, far, openings, got } = opened()
  far.send(bytes)
  far.send(pattern(50))
  await settle()
  expect(near.aborted).toBeDefined()
  expect([openings, got]).toEqual([[], []])
})

test('one that says nothing, or only half of it, is broken off in time', async () => {
  const { near, far, time } = opened()
  far.send(encodeOpening({ kind: BODY.REQUEST, id: 7, framed: 0 }).slice(0, 8))
  await settle()
  time.advance(OPENING_MAX_MS - 1)
  expect(near.aborted).toBeUndefined()
  time.advance(1)
  expect(near.aborted).toBeDefined()
})
