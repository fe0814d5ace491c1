import { base36 } from 'multiformats/bases/base36'
import { base58btc } from 'multiformats/bases/base58'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { isPublisherId, keyOfPeer, publicKeyOf, publisherId, signerFromSeed, verifySignature } from '../src/index.ts'
import { coded, utf8 } from './material.ts'

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'))

/** RFC 8032, section 7.1, test 2. */
const SEED = hex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb')
const PUBLIC = hex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c')
const SIGNATURE = hex(
  '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
)

describe('a signer', () => {
  it('is Ed25519 as the RFC has it', async () => {
    const signer = await signerFromSeed(SEED)
    expect(publicKeyOf(signer.publisher)).toEqual(PUBLIC)
    expect(await signer.sign(Uint8Array.of(0x72))).toEqual(SIGNATURE)
  })

  it.each([0, 31, 33])('is not made of %i bytes', async (length) => {
    await expect(signerFromSeed(new Uint8Array(length))).rejects.toMatchObject({ code: 'bad-key' })
  })
})

describe('verifySignature', () => {
  const publisher = publisherId(PUBLIC)

  it('takes the publisher’s signature of these bytes and no other', async () => {
    expect(await verifySignature(publisher, Uint8Array.of(0x72), SIGNATURE)).toBe(true)
    expect(await verifySignature(publisher, Uint8Array.of(0x73), SIGNATURE)).toBe(false)
    const other = (await signerFromSeed(new Uint8Array(32).fill(9))).publisher
    expect(await verifySignature(other, Uint8Array.of(0x72), SIGNATURE)).toBe(false)
    for (const length of [0, 63, 65])
      expect(await verifySignature(publisher, utf8(''), new Uint8Array(length))).toBe(false)
  })

  it('refuses the same signature with the group order added to it', async () => {
    const order = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n
    const littleEndian = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes.toReversed()).toString('hex')}`)
    const shifted = (littleEndian(SIGNATURE.subarray(32)) + order).toString(16).padStart(64, '0')
    const malleated = Uint8Array.from([...SIGNATURE.subarray(0, 32), ...hex(shifted).toReversed()])
    expect(await verifySignature(publisher, Uint8Array.of(0x72), malleated)).toBe(false)
  })
})

describe('a publisher’s id', () => {
  it('is one text per key', () => {
    const id = publisherId(PUBLIC)
    expect(id).toMatch(/^k[0-9a-z]+$/)
    expect(isPublisherId(id)).toBe(true)
    expect(publicKeyOf(publisherId(new Uint8Array(32)))).toEqual(new Uint8Array(32))
    for (const text of [id.toUpperCase(), `k0${id.slice(1)}`, id.slice(0, -3), `${id}0`, '', 'k', 'shop']) {
      expect(isPublisherId(text)).toBe(false)
      expect(() => publicKeyOf(text)).toThrow(coded('bad-name'))
    }
  })

  it('is not looked for in a text that is longer than any, nor is a peer’s', () => {
    const reads = [vi.spyOn(base36, 'decode'), vi.spyOn(base58btc, 'baseDecode')]
    onTestFinished(() => reads.forEach((read) => read.mockRestore()))
    expect(isPublisherId(`k${'z'.repeat(15_000)}`)).toBe(false)
    expect(keyOfPeer('z'.repeat(15_000))).toBeUndefined()
    for (const read of reads) expect(read).not.toHaveBeenCalled()
  })
})
