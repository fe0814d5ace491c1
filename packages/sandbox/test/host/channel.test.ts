import { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { channel, type Channel } from '../../src/ipc/channel.ts'
import { FRAME } from '../../src/ipc/frames.ts'
import { PIECE_MAX_BYTES } from '../../src/ipc/limits.ts'
import { MessageReader } from '../../src/ipc/messages.ts'

/** A pipe whose kernel has room for so many bytes, and what comes out at its other end: the messages' ids, and which way they went. */
class NarrowPipe {
  readonly ways: string[] = []
  readonly ids: number[] = []
  room = 0
  private readonly reader = new MessageReader(PIECE_MAX_BYTES)
  private readonly pipe: Channel
  private done = (): void => undefined

  constructor() {
    const stream = new Duplex({
      read: () => undefined,
      write: (bytes: Buffer, _, done) => {
        this.hear('stream', bytes)
        this.done = done
      },
    })
    const writeNow = (bytes: Uint8Array): number => {
      const size = Math.min(this.room, bytes.length)
      this.room -= size
      if (size > 0) this.hear('at once', bytes.subarray(0, size))
      return size
    }
    this.pipe = channel({ stream, writeNow, maxBodyBytes: 100, onMessage: () => undefined, onEnd: () => undefined })
  }

  say(id: number): void {
    this.pipe.send(FRAME.over, id)
    this.pipe.flush()
  }

  /** Some of a body, which may be the channel's from now on. */
  sayPiece(bytes: Uint8Array, given: boolean): void {
    this.pipe.piece(FRAME.piece, 1, bytes, given)
    this.pipe.flush()
  }

  /** The kernel has what the stream wrote. */
  async took(): Promise<void> {
    this.done()
    await new Promise(setImmediate)
  }

  private hear(way: string, bytes: Uint8Array): void {
    this.ways.push(`${way} ${bytes.length}`)
    this.reader.push(Buffer.from(bytes), ({ id }) => this.ids.push(id))
  }
}

test('what the kernel has no room for at once the stream writes, and nothing overtakes it', async () => {
  const pipe = new NarrowPipe()
  pipe.room = 20
  pipe.say(1)
  pipe.say(2)
  expect(pipe.ways.splice(0)).toEqual(['at once 13', 'at once 7', 'stream 6'])
  pipe.room = 100
  pipe.say(3)
  expect(pipe.ways).toEqual([])
  await pipe.took()
  expect(pipe.ways.splice(0)).toEqual(['stream 13'])
  await pipe.took()
  pipe.say(4)
  expect(pipe.ways).toEqual(['at once 13'])
  expect(pipe.ids).toEqual([1, 2, 3, 4])
})

test('the memory of a piece is given back when the kernel has it, not before, and only where it was given', async () => {
  const pipe = new NarrowPipe()
  for (const given of [true, false]) {
    const piece = new Uint8Array(PIECE_MAX_BYTES).fill(7)
    pipe.sayPiece(piece, given)
    await pipe.took()
    expect(pipe.ways.splice(0)).toEqual(['stream 13', `stream ${PIECE_MAX_BYTES}`])
    expect(piece.length).toBe(PIECE_MAX_BYTES)
    await pipe.took()
    expect(piece.length).toBe(given ? 0 : PIECE_MAX_BYTES)
  }
})
