import { describe, expect, it } from 'vitest'
import {
  checkName,
  decodeDag,
  encodeDag,
  openRecord,
  publicKeyOf,
  RECORD_MAX_BYTES,
  RECORD_MESSAGE_MAX_CHARS,
  signerFromSeed,
  signRecord,
  type NameClaim,
} from '../src/index.ts'
import { cidFor, coded } from './material.ts'

const signer = await signerFromSeed(new Uint8Array(32).fill(1))
const other = await signerFromSeed(new Uint8Array(32).fill(2))
const claim: NameClaim = {
  name: 'shop',
  sequence: 1,
  cid: await cidFor('a'),
  time: 1_800_000_000_000,
  message: 'first',
  prev: null,
}
const record = await signRecord(signer, claim)

interface Envelope {
  payload: Uint8Array
  signer: Uint8Array
  signature: Uint8Array
}
const envelope = decodeDag(record.bytes) as Envelope

/** Signs any payload as the publisher would, rightly or not. */
async function sealed(payload: object, by = signer): Promise<Uint8Array> {
  const bytes = encodeDag(payload)
  const domain = new TextEncoder().encode('hither/name/1\n')
  const signature = await by.sign(Uint8Array.from([...domain, ...bytes]))
  return encodeDag({ payload: bytes, signer: publicKeyOf(by.publisher), signature })
}

const payload = decodeDag(envelope.payload) as Record<string, unknown>

describe('a name record', () => {
  it('says who claims what, and opens again as it was signed', async () => {
    expect(record).toMatchObject({ ...claim, publisher: signer.publisher })
    expect(await openRecord(record.bytes)).toEqual(record)
    const removal = await signRecord(signer, { ...claim, sequence: 2, cid: null, prev: record.id })
    expect(await openRecord(removal.bytes)).toMatchObject({ cid: null, prev: record.id })
  })

  it('is refused with any byte changed', async () => {
    for (let at = 0; at < record.bytes.length; at++) {
      for (const mask of [1, 0x80]) {
        const bytes = record.bytes.slice()
        bytes[at] = (bytes[at] ?? 0) ^ mask
        await expect(openRecord(bytes), `byte ${at}`).rejects.toMatchObject({ code: 'bad-record' })
      }
    }
  })

  it('is refused cut short or with anything behind it', async () => {
    for (let end = 0; end < record.bytes.length; end += 7) {
      await expect(openRecord(record.bytes.subarray(0, end))).rejects.toMatchObject({ code: 'bad-record' })
    }
    await expect(openRecord(Uint8Array.from([...record.bytes, 0]))).rejects.toMatchObject({ code: 'bad-record' })
    await expect(openRecord(new Uint8Array(RECORD_MAX_BYTES + 1))).rejects.toMatchObject({ code: 'bad-record' })
    await expect(openRecord(new Uint8Array(4000).fill(0x81))).rejects.toMatchObject({ code: 'bad-record' })
  })

  it('has one encoding only', async () => {
    const { payload: inner, signer: key, signature } = envelope
    // The same three fields in another order: what CBOR allows and DAG-CBOR does not.
    const text = (word: string): number[] => [0x60 | word.length, ...new TextEncoder().encode(word)]
    const bytes = (value: Uint8Array): number[] =>
      value.length < 256 ? [0x58, value.length, ...value] : [0x59, value.length >> 8, value.length & 255, ...value]
    const fields = [
      [...text('signer'), ...bytes(key)],
      [...text('payload'), ...bytes(inner)],
      [...text('signature'), ...bytes(signature)],
    ]
    const inOrder = Uint8Array.from([0xa3, ...fields.flat()])
    const reordered = Uint8Array.from([0xa3, ...fields.toReversed().flat()])
    expect(inOrder).toEqual(record.bytes)
    await expect(openRecord(reordered)).rejects.toMatchObject({ code: 'bad-record' })
    const wider = Uint8Array.from([0xb8, 3, ...fields.flat()])
    await expect(openRecord(wider)).rejects.toMatchObject({ code: 'bad-record' })
    await expect(openRecord(encodeDag({ ...envelope, extra: 1 }))).rejects.toMatchObject({ code: 'bad-record' })
  })

  it('holds only under the publisher’s own key, and for names only', async () => {
    await expect(openRecord(await sealed(payload))).resolves.toEqual(record)
    await expect(openRecord(await sealed(payload, other))).rejects.toMatchObject({ code: 'bad-record' })
    const bare = encodeDag({ ...envelope, signature: await signer.sign(envelope.payload) })
    await expect(openRecord(bare)).rejects.toMatchObject({
      code: 'bad-record',
      why: expect.stringContaining('signature'),
    })
  })

  it.each([
    ['another version', { v: 2 }],
    ['a name that is none', { name: '../x' }],
    ['sequence 0', { sequence: 0 }],
    ['a broken sequence', { sequence: 1.5 }],
    ['a function that is no link', { cid: 'text' }],
    ['a message that is too long', { message: 'x'.repeat(RECORD_MESSAGE_MAX_CHARS + 1) }],
    ['a negative time', { time: -1 }],
    ['a short key', { publisher: new Uint8Array(31) }],
  ])('is refused with %s, even rightly signed', async (_, change) => {
    await expect(openRecord(await sealed({ ...payload, ...change }))).rejects.toMatchObject({ code: 'bad-record' })
  })

  it('is not signed where it could not be opened', async () => {
    await expect(signRecord(signer, { ...claim, name: 'No' })).rejects.toMatchObject({ code: 'bad-name' })
    const message = 'x'.repeat(RECORD_MESSAGE_MAX_CHARS + 1)
    await expect(signRecord(signer, { ...claim, message })).rejects.toMatchObject({ code: 'usage' })
    const widest = await signRecord(signer, { ...claim, message: '€'.repeat(RECORD_MESSAGE_MAX_CHARS) })
    expect(widest.bytes.length).toBeLessThanOrEqual(RECORD_MAX_BYTES)
  })
})

describe('checkName', () => {
  it.each(['a', '0', 'a-b', 'a--b', 'x'.repeat(63)])('takes %s', (name) => {
    expect(checkName(name)).toBe(name)
  })

  it.each(['', '-a', 'a-', 'A', 'a.b', 'a_b', 'a/b', 'x'.repeat(64), 'ä', 'a\n'])('refuses %j', (name) => {
    expect(() => checkName(name)).toThrow(coded('bad-name'))
  })
})
