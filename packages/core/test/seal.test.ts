import { describe, expect, it } from 'vitest'
import { base58btc } from 'multiformats/bases/base58'
import {
  checkSeal,
  encodeMessage,
  decodeMessage,
  decodeSeals,
  encodeSeals,
  forThese,
  keyOfPeer,
  publicKeyOf,
  readReceipt,
  readSeal,
  SEAL_LEAVES_MAX,
  sealReceipts,
  SealTree,
  signerFromSeed,
  type Receipt,
  type SealedReceipt,
  type Sign,
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

const sign: Sign = (bytes) => runner.sign(bytes)

async function sealedBy(by: Sign, receipts: Receipt[]): Promise<SealedReceipt[]> {
  const tree = await sealReceipts(receipts, by, sha256)
  return receipts.map((one, at) => ({ receipt: one, seal: tree.seal(at, sha256) }))
}

const sealed = await sealedBy(sign, [1, 2, 3, 4, 5].map(receipt))
const refused = expect.objectContaining({ code: 'bad-answer' })

describe('a seal', () => {
  it.each([1, 2, 3, 7, 8, 33])('holds for each of %i receipts under one signature', async (count) => {
    let signatures = 0
    const counted: Sign = (bytes) => {
      signatures += 1
      return sign(bytes)
    }
    const all = await sealedBy(
      counted,
      Array.from({ length: count }, (_, i) => receipt(i)),
    )
    expect([all.length, signatures]).toEqual([count, 1])
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
    const [forged] = await sealedBy((bytes) => other.sign(bytes), [one])
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

describe('a signature of many receipts on the wire', () => {
  const receipts = Array.from({ length: 33 }, (_, n) => receipt(n))
  const calls = receipts.map((_, at) => ({ call: 7 * at, at }))

  it('gives each its seal', async () => {
    const { tree, calls: read } = decodeSeals(
      encodeSeals({ tree: await sealReceipts(receipts, sign, sha256), calls: calls.slice(3) }),
    )
    expect(read).toEqual(calls.slice(3))
    for (const { at } of read) await checkSeal({ receipt: receipts[at] as Receipt, seal: tree.seal(at, sha256) })
  })

  it('has siblings whose fields stand as they are kept, for nobody to sort them', async () => {
    const alone = (await sealReceipts(receipts, sign, sha256)).only(0, sha256)
    const { tree } = decodeSeals(encodeSeals({ tree: alone, calls: [] }))
    for (const sibling of [...alone.above, ...tree.above]) expect(Object.keys(sibling)).toEqual(['hash', 'side'])
  })

  it.each([1, 3, 4, 5, 6, 32, 33])('is shortest for %i of 33 calls, and holds for each', async (count) => {
    const tree = await sealReceipts(receipts, sign, sha256)
    const wanted = calls.slice(0, count)
    const whole = encodeSeals({ tree, calls: wanted }).length
    const parts = forThese(tree, wanted, sha256)
    const bytes = parts.map((part) => encodeSeals(part))
    const alone = wanted.reduce(
      (sum, { at }) => sum + encodeSeals({ tree: tree.only(at, sha256), calls: [] }).length,
      0,
    )
    // A frame of its own, and the call's number, are nine bytes at most.
    expect(bytes.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(Math.min(whole, alone + 9 * count))
    const read = bytes
      .map((part) => decodeSeals(part))
      .flatMap((one) => one.calls.map((of) => ({ ...of, tree: one.tree })))
    expect(read.map(({ call }) => call)).toEqual(wanted.map(({ call }) => call))
    for (const [n, one] of read.entries())
      await checkSeal({ receipt: receipts[n] as Receipt, seal: one.tree.seal(one.at, sha256) })
  })

  it('is refused where it is cut, goes on, has no leaf, or is too high', async () => {
    const tree = await sealReceipts(receipts.slice(0, 5), sign, sha256)
    const bytes = encodeSeals({ tree, calls: calls.slice(0, 5) })
    for (let at = 0; at < bytes.length; at++)
      expect(() => decodeSeals(bytes.subarray(0, at))).toThrow(coded('bad-message'))
    expect(() => decodeSeals(Uint8Array.from([...bytes, 0]))).toThrow(coded('bad-message'))
    expect(() => decodeSeals(encodeSeals({ tree, calls: [{ call: 1, at: 5 }] }))).toThrow(coded('bad-message'))
    const hash = new Uint8Array(32)
    const refusedTree = (leaves: number, height: number): void => {
      const above = Array.from({ length: height }, () => ({ side: 'left', hash }) as const)
      const odd = new SealTree(
        Array.from({ length: leaves }, () => hash),
        above,
        new Uint8Array(64),
      )
      expect(() => decodeSeals(encodeSeals({ tree: odd, calls: [] })), `${leaves}, ${height}`).toThrow(
        coded('bad-message'),
      )
    }
    refusedTree(0, 0)
    refusedTree(1, 13)
    refusedTree(3, 11)
    refusedTree(SEAL_LEAVES_MAX + 1, 0)
  })
})

it("finds a peer's key in its id", () => {
  expect(keyOfPeer(peer)).toBe(runner.publisher)
  expect(keyOfPeer('12D3KooW')).toBeUndefined()
})
