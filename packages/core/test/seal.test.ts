import { describe, expect, it } from 'vitest'
import { base58btc } from 'multiformats/bases/base58'
import {
  checkSeal,
  encodeMessage,
  decodeMessage,
  decodeSeal,
  encodeSeal,
  keyOfPeer,
  publicKeyOf,
  readReceipt,
  readSeal,
  sealReceipts,
  signerFromSeed,
  type Receipt,
  type Seal,
  type SealedReceipt,
} from '../src/index.ts'
import { cidFor, coded, sha256 } from './material.ts'

const runner = await signerFromSeed(new Uint8Array(32).fill(7))
const peer = base58btc.baseEncode(
  Uint8Array.from([0x00, 0x24, 0x08, 0x01, 0x12, 0x20, ...publicKeyOf(runner.publisher)]),
)
const cid = await cidFor('f')

function receipt(n: number): Receipt {
  const hash = new Uint8Array(32).fill(n)
  return { function: cid.bytes, request: hash, result: hash, runner: peer, runMs: n, cpuMs: 0 }
}

const sealed = await sealReceipts([1, 2, 3, 4, 5].map(receipt), (bytes) => runner.sign(bytes), sha256)
const refused = expect.objectContaining({ code: 'bad-answer' })

describe('a seal', () => {
  it.each([0, 1, 2, 3, 7, 8, 33])('holds for each of %i receipts under one signature', async (count) => {
    let signatures = 0
    const all = await sealReceipts(
      Array.from({ length: count }, (_, i) => receipt(i)),
      (bytes) => {
        signatures += 1
        return runner.sign(bytes)
      },
      sha256,
    )
    expect(all).toHaveLength(count)
    expect(signatures).toBe(Math.min(1, count))
    for (const one of all) await expect(checkSeal(one)).resolves.toBeUndefined()
  })

  it('does not hold for another receipt, nor with the path of another', async () => {
    const [a, b] = sealed as [SealedReceipt, SealedReceipt]
    await expect(checkSeal({ receipt: receipt(9), seal: a.seal })).rejects.toEqual(refused)
    await expect(checkSeal({ receipt: a.receipt, seal: b.seal })).rejects.toEqual(refused)
    await expect(checkSeal({ receipt: a.receipt, seal: { ...a.seal, path: [] } })).rejects.toEqual(refused)
  })

  it('does not hold for a runner that did not sign it, or whose id holds no key', async () => {
    const [{ receipt: one, seal }] = sealed as [SealedReceipt]
    const other = await signerFromSeed(new Uint8Array(32).fill(8))
    const [forged] = await sealReceipts([one], (bytes) => other.sign(bytes), sha256)
    await expect(checkSeal(forged as SealedReceipt)).rejects.toEqual(refused)
    for (const name of ['QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N', '', 'not base58 0OIl']) {
      await expect(checkSeal({ receipt: { ...one, runner: name }, seal })).rejects.toEqual(refused)
    }
  })

  it('is caught when any byte of it or of its receipt is altered, or it is cut anywhere', async () => {
    const [one] = sealed as [SealedReceipt]
    const bytes = encodeMessage(one)
    const outcome = async (changed: Uint8Array): Promise<string> => {
      try {
        const { receipt: read, seal } = decodeMessage(changed) as Record<string, unknown>
        await checkSeal({ receipt: readReceipt(read), seal: readSeal(seal) })
        return 'holds'
      } catch (error) {
        return (error as { code: string }).code
      }
    }
    expect(await outcome(bytes)).toBe('holds')
    for (let at = 0; at < bytes.length; at++) {
      const altered = await outcome(bytes.with(at, (bytes[at] ?? 0) ^ 1))
      expect(['bad-answer', 'bad-message'], `byte ${at}`).toContain(altered)
      expect(await outcome(bytes.subarray(0, at)), `cut at ${at}`).toBe('bad-message')
    }
  })
})

it.each([
  ['no map', 7],
  [
    'an endless path',
    {
      path: Array.from({ length: 13 }, () => ({ side: 'left', hash: new Uint8Array(32) })),
      signature: new Uint8Array(64),
    },
  ],
  ['a short hash', { path: [{ side: 'left', hash: new Uint8Array(31) }], signature: new Uint8Array(64) }],
  ['a side that is none', { path: [{ side: 'up', hash: new Uint8Array(32) }], signature: new Uint8Array(64) }],
  ['no signature', { path: [] }],
])('is not read from %s', (_, value) => {
  expect(() => readSeal(value)).toThrow(coded('bad-message'))
})

describe('a seal behind an answer', () => {
  const [, second] = sealed as [SealedReceipt, SealedReceipt]
  const bytes = encodeSeal(second.seal)

  it('is read as it was written', () => {
    for (const { seal } of sealed) expect(decodeSeal(encodeSeal(seal))).toEqual(seal)
  })

  it('is refused where it is cut, goes on, or has a path that is too long', () => {
    for (let at = 0; at < bytes.length; at++)
      expect(() => decodeSeal(bytes.subarray(0, at))).toThrow(coded('bad-message'))
    expect(() => decodeSeal(Uint8Array.from([...bytes, 0]))).toThrow(coded('bad-message'))
    const path: Seal['path'] = Array.from({ length: 13 }, () => ({ side: 'left', hash: new Uint8Array(32) }))
    expect(() => decodeSeal(encodeSeal({ ...second.seal, path }))).toThrow(coded('bad-message'))
  })
})

it("finds a peer's key in its id", () => {
  expect(keyOfPeer(peer)).toBe(runner.publisher)
  expect(keyOfPeer('12D3KooW')).toBeUndefined()
})
