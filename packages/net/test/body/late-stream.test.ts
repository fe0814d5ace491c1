import { concat } from '@hither/core'
import { expect, test } from 'vitest'
import type { Duplex } from '../../src/duplex.ts'
import { lateStream, type LateStream } from '../../src/protocols/body/late-stream.ts'
import { settle } from '../helpers/call-ends.ts'
import { memoryPair, type MemoryDuplex } from '../helpers/memory-duplex.ts'
import { pattern } from '../helpers/services.ts'

interface Late {
  late: LateStream
  near: MemoryDuplex
  far: MemoryDuplex
  frames: Uint8Array[]
  /** How many bytes came before each opening, and what each waits for. */
  opened: { framed: number; signal: AbortSignal; give: PromiseWithResolvers<Duplex> }[]
  events: string[]
}

function late(framedMax: number): Late {
  const [near, far] = memoryPair()
  const frames: Uint8Array[] = []
  const opened: Late['opened'] = []
  const events: string[] = []
  const stream = lateStream({
    framedMax,
    frame: (bytes) => frames.push(bytes),
    open(framed, signal) {
      const give = Promise.withResolvers<Duplex>()
      opened.push({ framed, signal, give })
      return give.promise
    },
  })
  stream.listen({ data: () => {}, drain: () => events.push('drain'), end: () => events.push('end') })
  return { late: stream, near, far, frames, opened, events }
}

test('needs no stream for what fits in frames', async () => {
  const one = late(10)
  expect([one.late.send(pattern(4)), one.late.send(pattern(6))]).toEqual([true, true])
  await one.late.close()
  expect([one.frames.map(({ length }) => length), one.opened]).toEqual([[4, 6], []])
})

test('opens one for the rest, and takes more when that has taken it', async () => {
  const one = late(10)
  const got: Uint8Array[] = []
  one.far.listen({ data: (bytes) => got.push(bytes), drain: () => {}, end: () => {} })
  const bytes = pattern(25)
  one.late.send(bytes.subarray(0, 4))
  expect(one.late.send(bytes.subarray(4, 20))).toBe(false)
  expect(one.opened).toMatchObject([{ framed: 10 }])
  one.opened[0]?.give.resolve(one.near)
  await settle()
  expect(one.events).toEqual(['drain'])
  expect(one.late.send(bytes.subarray(20))).toBe(true)
  await settle()
  expect(concat([...one.frames, ...got], 25)).toEqual(bytes)
  void one.far.close()
  await settle()
  expect(one.events).toEqual(['drain', 'end'])
})

test('takes no more where the stream is full at once', async () => {
  const one = late(0)
  one.near.slow = true
  one.late.send(pattern(5))
  one.opened[0]?.give.resolve(one.near)
  await settle()
  expect(one.events).toEqual([])
  one.near.drain()
  expect(one.events).toEqual(['drain'])
})

test('ends where none can be had, and says why', async () => {
  const one = late(0)
  one.late.send(pattern(5))
  const error = new Error('no stream')
  one.opened[0]?.give.reject(error)
  await settle()
  expect([one.events, one.late.failure]).toEqual([['end'], { error }])
})

test('one that is broken off while it waits for its stream breaks that off too', async () => {
  const one = late(0)
  one.late.send(pattern(5))
  one.late.abort(new Error('enough'))
  expect(one.opened[0]?.signal.aborted).toBe(true)
  one.opened[0]?.give.resolve(one.near)
  await settle()
  expect([one.events, one.near.aborted, one.near.writes, one.late.failure]).toEqual([
    [],
    expect.any(Error),
    [],
    undefined,
  ])
})
