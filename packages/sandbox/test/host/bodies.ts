import type { ByteStream } from '@hither/core'

/** Bytes without a pattern, in pieces of one length. */
export async function* source(
  totalBytes: number,
  onPiece: (piece: Uint8Array) => void = () => undefined,
  pieceBytes: number = 100_000,
): AsyncGenerator<Uint8Array, void, void> {
  let state = 1
  for (let at = 0; at < totalBytes; at += pieceBytes) {
    const piece = new Uint8Array(Math.min(pieceBytes, totalBytes - at))
    for (let i = 0; i < piece.length; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      // Of 128 kinds, so that they are text, too.
      piece[i] = state >>> 25
    }
    onPiece(piece)
    yield piece
  }
}

/** A body without end that counts what was read of it, and whether it was left. */
export function bytesThatCount(): { body: ByteStream; count: { bytes: number; left: boolean } } {
  const count = { bytes: 0, left: false }
  const reader: AsyncIterator<Uint8Array> = {
    next() {
      count.bytes += 10_000
      return Promise.resolve({ done: false, value: new Uint8Array(10_000) })
    },
    return() {
      count.left = true
      return Promise.resolve({ done: true, value: undefined })
    },
  }
  return { body: { [Symbol.asyncIterator]: () => reader }, count }
}

export interface Gated {
  body: ByteStream
  send(text: string): void
  end(): void
  fail(error: Error): void
}

/** A body whose pieces the test sends, one by one. */
export function gated(): Gated {
  const sent: (() => Uint8Array | undefined)[] = []
  let news = Promise.withResolvers<void>()
  const put = (piece: () => Uint8Array | undefined): void => {
    sent.push(piece)
    news.resolve()
    news = Promise.withResolvers()
  }
  async function* read(): AsyncGenerator<Uint8Array, void, void> {
    for (;;) {
      while (sent.length === 0) await news.promise
      const piece = sent.shift()?.()
      if (piece === undefined) return
      yield piece
    }
  }
  return {
    body: read(),
    send: (text) => put(() => new TextEncoder().encode(text)),
    end: () => put(() => undefined),
    fail: (error) =>
      put(() => {
        throw error
      }),
  }
}
