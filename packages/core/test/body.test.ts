import { expect, it } from 'vitest'
import { isWhole, piecesOf, readWhole } from '../src/index.ts'
import { coded, utf8 } from './material.ts'

/** Pieces on demand, and how many were asked for; says when its reader leaves. */
function source(...pieces: string[]): { stream: AsyncGenerator<Uint8Array>; made: () => number; left: () => boolean } {
  let made = 0
  let left = false
  async function* make(): AsyncGenerator<Uint8Array> {
    try {
      for (const piece of pieces) {
        made += 1
        yield utf8(piece)
      }
    } finally {
      left = true
    }
  }
  return { stream: make(), made: () => made, left: () => left }
}

it('tells whole bodies from streams', () => {
  expect(isWhole(utf8('x'))).toBe(true)
  expect(isWhole(source('x').stream)).toBe(false)
})

it('reads a stream as one piece', async () => {
  expect(await readWhole(source('a', 'bc', '').stream)).toEqual(utf8('abc'))
  expect(await readWhole(source().stream)).toEqual(utf8(''))
  expect(await readWhole(utf8('abc'), 3)).toEqual(utf8('abc'))
})

it('stops reading, and ends the source, at the limit', async () => {
  const { stream, made, left } = source('ab', 'cd', 'ef')
  await expect(readWhole(stream, 3)).rejects.toThrow(coded('too-large'))
  expect(made()).toBe(2)
  expect(left()).toBe(true)
  await expect(readWhole(utf8('abcd'), 3)).rejects.toThrow(coded('too-large'))
})

it('gives any body as pieces', async () => {
  const pieces = async (body: Parameters<typeof piecesOf>[0]): Promise<Uint8Array[]> => Array.fromAsync(piecesOf(body))
  expect(await pieces(utf8('abc'))).toEqual([utf8('abc')])
  expect(await pieces(utf8(''))).toEqual([])
  expect(await pieces(source('a', 'b').stream)).toEqual([utf8('a'), utf8('b')])
})
