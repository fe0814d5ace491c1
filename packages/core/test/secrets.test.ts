import { randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  checkSecretKey,
  openSecrets,
  sealSecrets,
  supersedes,
  unsealSecrets,
  type Sealing,
  type SecretsRecord,
} from '@hither/core/secrets'
import { decodeDag, encodeDag, peerOfKey, signerFromSeed, type Signer } from '../src/index.ts'
import { coded } from './material.ts'

interface Party {
  seed: Uint8Array
  signer: Signer
  peer: string
}

async function party(n: number): Promise<Party> {
  const seed = new Uint8Array(32).fill(n)
  const signer = await signerFromSeed(seed)
  return { seed, signer, peer: peerOfKey(signer.publisher) }
}

const [dev, ann, bob, eve] = await Promise.all([party(1), party(2), party(3), party(4)])

const bytes = (count: number): Uint8Array => Uint8Array.from(randomBytes(count))
const VALUES = { TOKEN: 'correct horse battery staple', PIN: '1234' }

function seal(change: Partial<Sealing> = {}): Promise<SecretsRecord> {
  const claim = { name: 'shop', sequence: 3, time: 5, values: VALUES, runners: [ann.peer, bob.peer], gone: [eve.peer] }
  return sealSecrets(dev.signer, { ...claim, ...change }, bytes)
}

const opened = (record: SecretsRecord, { seed, signer }: Party): Promise<Record<string, string>> =>
  unsealSecrets(record, seed, signer.publisher)

describe('a record of secrets', () => {
  it('says whose it is and who may have it, and opens for these and for its publisher', async () => {
    const record = await openSecrets((await seal()).bytes)
    expect(record).toMatchObject({ publisher: dev.signer.publisher, name: 'shop', sequence: 3, time: 5 })
    expect(record.runners).toEqual([ann.peer, bob.peer])
    expect(record.gone).toEqual([eve.peer])
    for (const who of [dev, ann, bob]) expect(await opened(record, who)).toEqual(VALUES)
  })

  it('does not open for anybody else, also with the key that was wrapped for another', async () => {
    const record = await seal()
    await expect(opened(record, eve)).rejects.toEqual(coded('bad-record'))
    await expect(unsealSecrets(record, eve.seed, ann.signer.publisher)).rejects.toEqual(coded('bad-record'))
  })

  it('holds neither values nor keys in clear, and its size tells little', async () => {
    const record = await seal()
    const text = Buffer.from(record.bytes).toString('latin1')
    for (const word of [...Object.keys(VALUES), ...Object.values(VALUES)]) expect(text).not.toContain(word)
    const sizes = ['a', 'b'.repeat(300)].map(async (value) => (await seal({ values: { K: value } })).box.length)
    expect(new Set(await Promise.all(sizes)).size).toBe(1)
  })

  it('is sealed anew each time: who is not on the list any more cannot open what follows', async () => {
    const [before, after] = [await seal(), await seal({ sequence: 4, runners: [bob.peer], gone: [ann.peer] })]
    expect(before.share).not.toEqual(after.share)
    await expect(opened(after, ann)).rejects.toEqual(coded('bad-record'))
    // Neither the key that she was given before, nor the one that bob is given now, is of use to her.
    const forged = {
      ...after,
      wraps: [...after.wraps, ...before.wraps.filter(({ to }) => to === ann.signer.publisher)],
    }
    await expect(opened(forged, ann)).rejects.toEqual(coded('bad-record'))
    expect(await opened(after, bob)).toEqual(VALUES)
  })

  it('does not open under another name, sequence or publisher, though these be claimed', async () => {
    const record = await seal()
    for (const change of [{ name: 'other' }, { sequence: 4 }, { publisher: eve.signer.publisher }]) {
      await expect(opened({ ...record, ...change }, ann)).rejects.toEqual(coded('bad-record'))
    }
  })

  it('is caught when any byte is altered, and when it is cut anywhere', async () => {
    const { bytes: whole } = await seal({ values: { K: 'value' }, runners: [ann.peer] })
    for (let at = 0; at < whole.length; at++) {
      const altered = whole.with(at, (whole[at] ?? 0) ^ 1)
      await expect(openSecrets(altered), `byte ${at}`).rejects.toEqual(coded('bad-record'))
    }
    for (let length = 0; length < whole.length; length += 7) {
      await expect(openSecrets(whole.subarray(0, length)), `cut at ${length}`).rejects.toEqual(coded('bad-record'))
    }
  })

  it('is caught when anything in it is altered by somebody who signs it anew with another key', async () => {
    const { payload } = decodeDag((await seal()).bytes) as { payload: Uint8Array }
    const signature = await eve.signer.sign(payload)
    await expect(openSecrets(encodeDag({ payload, signature }))).rejects.toEqual(coded('bad-record'))
  })

  it('gives way to a higher sequence, and of two with the same one everybody keeps the same', async () => {
    const [a, b, next] = await Promise.all([seal(), seal(), seal({ sequence: 4 })])
    expect(supersedes(a, undefined)).toBe(true)
    expect(supersedes(a, a)).toBe(false)
    expect([supersedes(next, a), supersedes(a, next)]).toEqual([true, false])
    expect(supersedes(a, b)).not.toBe(supersedes(b, a))
  })

  it.each([
    ['an empty value', { K: '' }],
    ['a long value', { K: 'x'.repeat(8193) }],
    ['a key that is none', { 'a b': 'x' }],
    ['a key that would be an object’s own', { ['__proto__']: 'x' }],
    ['too much of all', Object.fromEntries(['A', 'B', 'C', 'D'].map((key) => [key, 'x'.repeat(7000)]))],
    ['too many', Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`K${i}`, 'x']))],
  ])('is not made of %s', async (_, values) => {
    await expect(seal({ values })).rejects.toEqual(coded('usage'))
  })

  it('is not sealed to what is no peer’s key', async () => {
    await expect(seal({ runners: ['12D3KooW'] })).rejects.toEqual(coded('usage'))
    expect(() => checkSecretKey('1A')).toThrow(coded('usage'))
  })

  it('has room for as many runners and as much as the limits say', async () => {
    const parties = await Promise.all(Array.from({ length: 64 }, (_, i) => party(100 + i)))
    const values = Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`KEY_${10 + i}`, 'x'.repeat(370)]))
    const record = await seal({
      values,
      runners: parties.map(({ peer }) => peer),
      gone: parties.map(({ peer }) => peer),
    })
    expect(await opened(record, parties[63] ?? eve)).toEqual(values)
  })
})

it('whatever is sealed comes out as it was, for whoever is on the list and nobody else', async () => {
  const key = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,20}$/)
  const value = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 })
  const everybody = [ann, bob, eve]
  await fc.assert(
    fc.asyncProperty(fc.dictionary(key, value, { maxKeys: 8 }), fc.subarray(everybody), async (values, on) => {
      const record = await openSecrets(
        (await seal({ values: { ...values }, runners: on.map(({ peer }) => peer) })).bytes,
      )
      for (const who of everybody) {
        if (on.includes(who)) expect(await opened(record, who)).toEqual({ ...values })
        else await expect(opened(record, who)).rejects.toEqual(coded('bad-record'))
      }
    }),
    { numRuns: 25 },
  )
})
