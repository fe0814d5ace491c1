import { describe, expect, it } from 'vitest'
import { isWhole, leave, piecesOf, readWhole, watched, type Body, type StreamWatch } from '../src/index.ts'
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
  const pieces = async (body: Body): Promise<Uint8Array[]> => {
    const all: Uint8Array[] = []
    for await (const piece of piecesOf(body)) all.push(piece)
    return all
  }
  expect(await pieces(utf8('abc'))).toEqual([utf8('abc')])
  expect(await pieces(utf8(''))).toEqual([])
  expect(await pieces(source('a', 'b').stream)).toEqual([utf8('a'), utf8('b')])
})

it('tells the body when its pieces are left, even before the first', async () => {
  const left: string[] = []
  const stream = watched(source('a').stream, { left: () => void left.push('left') })
  await piecesOf(stream).return?.()
  expect(left).toEqual(['left'])
})

describe('a watched stream', () => {
  function log(): { said: string[]; watch: StreamWatch } {
    const said: string[] = []
    const watch: StreamWatch = {
      piece: (bytes) => said.push(new TextDecoder().decode(bytes)),
      end: () => void said.push('end'),
      broke: (error) => (said.push('broke'), error),
      left: () => said.push('left'),
    }
    return { said, watch }
  }

  it('tells pieces and the end, and gives what it was given', async () => {
    const { said, watch } = log()
    expect(await readWhole(watched(source('a', 'b').stream, watch))).toEqual(utf8('ab'))
    expect(said).toEqual(['a', 'b', 'end'])
  })

  it('throws what its end throws, and tells of what breaks', async () => {
    const { said, watch } = log()
    const stream = watched(source('a').stream, { ...watch, end: () => Promise.reject(new Error('no trailer')) })
    await expect(readWhole(stream)).rejects.toThrow('no trailer')
    expect(said).toEqual(['a', 'broke'])
    const replaced = watched(source('a').stream, { piece: () => expect.unreachable(), broke: () => new Error('other') })
    await expect(readWhole(replaced)).rejects.toThrow('other')
  })

  it('ends its source where it refuses a piece', async () => {
    const { stream, left } = source('a', 'b')
    const refusing = watched(stream, {
      piece: () => {
        throw new Error('not this one')
      },
    })
    await expect(readWhole(refusing)).rejects.toThrow('not this one')
    await expect.poll(left).toBe(true)
  })

  it('ends its source when it is left, even before it began', async () => {
    for (const pieces of [0, 1]) {
      const { said, watch } = log()
      const { stream, left } = source('a', 'b')
      const reader = watched(stream, watch)[Symbol.asyncIterator]()
      for (let i = 0; i < pieces; i++) await reader.next()
      await reader.return?.()
      await reader.return?.()
      expect(said.at(-1)).toBe('left')
      expect(said).toHaveLength(pieces + 1)
      expect((await reader.next()).done).toBe(true)
      expect((await stream.next()).done).toBe(true)
      if (pieces > 0) expect(left()).toBe(true)
    }
  })

  it('is left by who will not read it', async () => {
    const { said, watch } = log()
    await leave(watched(source('a').stream, watch))
    await leave(utf8('whole'))
    expect(said).toEqual(['left'])
  })
})
