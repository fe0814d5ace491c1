import { createHash, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { keystream } from '../../src/closed/keystream.ts'

const key = Uint8Array.from(randomBytes(32))

test('what one side mixes the other unmixes, in pieces of any length', () => {
  const nonce = randomBytes(24)
  const [out, back] = [keystream(nonce, key), keystream(nonce, key)]
  const bytes = Uint8Array.from(randomBytes(3_000_000))
  const mixed = out.mix(bytes)
  expect(Buffer.compare(mixed, bytes)).not.toBe(0)
  const hash = createHash('sha256')
  for (let at = 0, step = 1; at < mixed.length; at += step, step = (step * 7) % 90_001) {
    hash.update(back.mix(mixed.subarray(at, at + step)))
  }
  expect(hash.digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'))
  out.end()
  back.end()
})

test('streams that begin and end by the thousands, and large pieces, leave the others as they are', () => {
  const nonce = randomBytes(24)
  const [out, back] = [keystream(nonce, key), keystream(nonce, key)]
  const bytes = Uint8Array.from(randomBytes(2_000_000))
  for (let round = 0; round < 20_000; round++) {
    const passing = keystream(randomBytes(24), key)
    passing.mix(bytes.subarray(0, 24))
    passing.end()
    passing.end()
  }
  // More turns than the cipher's memory could grow.
  for (let turn = 0; turn < 1_100; turn++) {
    const piece = turn === 0 ? bytes : bytes.subarray(turn, turn + 100)
    expect(Buffer.compare(back.mix(out.mix(piece)), piece)).toBe(0)
  }
  out.end()
  back.end()
})
