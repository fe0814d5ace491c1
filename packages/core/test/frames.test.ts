import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { bodyFrames, encodeFrames, FrameReader, FRAME_HEAD_BYTES, FRAME_MAX_BYTES, type Frame } from '../src/index.ts'
import { coded, outcomeOf } from './material.ts'

const frame: fc.Arbitrary<Frame> = fc.record({
  type: fc.nat(255),
  id: fc.nat(2 ** 32 - 1),
  payload: fc.uint8Array({ maxLength: 300 }),
})

/** Cuts bytes at the places given as shares of the whole. */
function cut(bytes: Uint8Array, shares: readonly number[]): Uint8Array[] {
  const places = [0, ...shares.map((share) => Math.floor(share * bytes.length)).sort((a, b) => a - b), bytes.length]
  return places.slice(1).map((end, n) => bytes.slice(places[n], end))
}

it('gives the same frames however the stream is cut', () => {
  const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 })
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 12 }), shares, (frames, places) => {
      const reader = new FrameReader()
      const got = cut(encodeFrames(frames), places).flatMap((chunk) => reader.push(chunk))
      expect(got).toEqual(frames)
      expect(reader.clean).toBe(true)
    }),
    { seed: 1, numRuns: 300 },
  )
})

it('reads a long frame byte by byte', () => {
  const long = { type: 1, id: 2, payload: new Uint8Array(5000).fill(7) }
  const reader = new FrameReader()
  const got = [...encodeFrames([long])].flatMap((byte) => reader.push(Uint8Array.of(byte)))
  expect(got).toEqual([long])
})

it('knows a cut stream at every place', () => {
  const bytes = encodeFrames([{ type: 1, id: 2, payload: new Uint8Array(20) }])
  for (let end = 1; end < bytes.length; end++) {
    const reader = new FrameReader()
    expect(reader.push(bytes.subarray(0, end))).toEqual([])
    expect(reader.clean).toBe(false)
  }
})

it('refuses a frame that is too long as soon as its length is known', () => {
  const claim = (length: number): Uint8Array => {
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setUint32(0, length)
    return bytes
  }
  const head = FRAME_HEAD_BYTES - 4
  for (const length of [head + FRAME_MAX_BYTES + 1, 2 ** 31, 2 ** 32 - 1, head - 1, 0]) {
    expect(() => new FrameReader().push(claim(length))).toThrow(coded('bad-message'))
    const split = new FrameReader()
    split.push(claim(length).subarray(0, 3))
    expect(() => split.push(claim(length).subarray(3))).toThrow(coded('bad-message'))
  }
  expect(new FrameReader().push(claim(head + FRAME_MAX_BYTES))).toEqual([])
  expect(() => new FrameReader(10).push(claim(head + 11))).toThrow(coded('bad-message'))
})

it('gives frames that are whole within a chunk without copying them', () => {
  const chunk = encodeFrames([
    { type: 1, id: 2, payload: new Uint8Array(20) },
    { type: 1, id: 3, payload: new Uint8Array(30) },
  ])
  expect(new FrameReader().push(chunk).map(({ payload }) => payload.buffer)).toEqual([chunk.buffer, chunk.buffer])
  const split = new FrameReader()
  split.push(chunk.subarray(0, 10))
  const [first, second] = split.push(chunk.subarray(10))
  expect(first?.payload.buffer).not.toBe(chunk.buffer)
  expect(second?.payload.buffer).toBe(chunk.buffer)
})

it('keeps nothing of a chunk but the bytes of the frame that has begun', () => {
  const long = { type: 1, id: 2, payload: new Uint8Array(300).fill(7) }
  const bytes = encodeFrames([long])
  const reader = new FrameReader()
  const read = new Uint8Array(64 * 1024)
  const got: Frame[] = []
  for (const byte of bytes) {
    read[100] = byte
    got.push(...reader.push(read.subarray(100, 101)))
  }
  expect(got).toEqual([long])
  expect(got[0]?.payload.buffer.byteLength).toBe(bytes.length)
})

it('holds what came of a frame, not what the frame claims to have', () => {
  const claim = new Uint8Array(FRAME_HEAD_BYTES)
  const size = 16 * 1024 * 1024
  new DataView(claim.buffer).setUint32(0, size)
  const before = process.memoryUsage().arrayBuffers
  const readers = Array.from({ length: 20 }, () => new FrameReader(size))
  for (const reader of readers) for (const byte of claim) reader.push(Uint8Array.of(byte))
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(size)
  expect(readers.some(({ clean }) => clean)).toBe(false)
})

it('survives any bytes: frames, or bad-message', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 }), (chunks) => {
      const reader = new FrameReader(100)
      const outcome = outcomeOf(() => chunks.forEach((chunk) => reader.push(chunk)))
      expect(['fine', 'bad-message']).toContain(outcome)
    }),
    { seed: 2, numRuns: 500 },
  )
})

it('cuts a body into frames of bounded size that add up to it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), fc.integer({ min: 1, max: 64 }), (body, maxBytes) => {
      const frames = bodyFrames(3, 9, body, maxBytes)
      expect(frames.every(({ type, id, payload }) => type === 3 && id === 9 && payload.length <= maxBytes)).toBe(true)
      expect(Uint8Array.from(frames.flatMap(({ payload }) => [...payload]))).toEqual(body)
    }),
    { seed: 3, numRuns: 200 },
  )
  expect(bodyFrames(3, 9, new Uint8Array(0))).toEqual([])
})
