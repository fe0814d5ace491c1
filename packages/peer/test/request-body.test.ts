import { giveBack, readWhole, type Body } from '@hither/core'
import { expect, test } from 'vitest'
import { requestBody } from '../src/call/request-body.ts'
import { REQUEST_KEPT_BYTES } from '../src/limits/calls.ts'

const PIECE_BYTES: number = 64 * 1024

async function* counting(pieces: number): AsyncGenerator<Uint8Array, void, void> {
  for (let i = 0; i < pieces; i += 1) yield new Uint8Array(PIECE_BYTES).fill(i)
}

/** Reads so much of a body, and gives the memory of each piece back. */
async function readAway(body: Body, pieces: number): Promise<number[]> {
  const seen: number[] = []
  for await (const piece of body as AsyncIterable<Uint8Array>) {
    seen.push(piece[0] ?? -1)
    giveBack(piece)
    if (seen.length === pieces) break
  }
  return seen
}

test('whoever reads may do with the pieces as they like: the next attempt has the same', async () => {
  const body = requestBody(counting(4))
  expect(await readAway(body.open(false), 3)).toEqual([0, 1, 2])
  expect(await readAway(body.open(false), 3)).toEqual([0, 1, 2])
  const all = await readWhole(body.open(true))
  expect(all).toHaveLength(4 * PIECE_BYTES)
  expect([0, 1, 2, 3].every((i) => all[i * PIECE_BYTES] === i && all[(i + 1) * PIECE_BYTES - 1] === i)).toBe(true)
  expect([body.bytes(), body.digest()?.length]).toEqual([4 * PIECE_BYTES, 32])
})

test('an attempt that ends while it waits leaves what it waited for to the next', async () => {
  const gate = Promise.withResolvers<void>()
  const body = requestBody(
    (async function* () {
      await gate.promise
      yield* counting(2)
    })(),
  )
  const first = (body.open(false) as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
  const waiting = first.next()
  const next = readWhole(body.open(false))
  gate.resolve()
  giveBack((await waiting).value as Uint8Array)
  await first.return?.()
  expect(await next).toEqual(await readWhole(counting(2)))
})

test('once too much was read, no attempt follows', async () => {
  const body = requestBody(counting(REQUEST_KEPT_BYTES / PIECE_BYTES + 4))
  const reading = readAway(body.open(false), Infinity)
  expect(await reading).toHaveLength(REQUEST_KEPT_BYTES / PIECE_BYTES + 4)
  expect(() => body.open(false)).toThrow(expect.objectContaining({ code: 'too-large' }))
})

test('who still reads what was kept when the call is over gets an error, and no end', async () => {
  const body = requestBody(counting(3))
  await readAway(body.open(false), 3)
  const again = (body.open(false) as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
  await again.next()
  body.leave()
  await expect(again.next()).rejects.toMatchObject({ code: 'too-large' })
})
