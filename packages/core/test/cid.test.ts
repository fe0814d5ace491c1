import { CID } from 'multiformats/cid'
import { identity } from 'multiformats/hashes/identity'
import { sha512 } from 'multiformats/hashes/sha2'
import { expect, it, onTestFinished, vi } from 'vitest'
import { blockOf, cidOf, decodeCid, equalBytes, parseCid, verifyBlock } from '../src/index.ts'
import { coded, utf8 } from './material.ts'

const block = await blockOf(utf8('hello'), 'raw')

it('is the usual CID of the bytes', () => {
  expect(block.cid.toString()).toBe('bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq')
})

it('is read back from text and bytes', () => {
  expect(parseCid(block.cid.toString())).toEqual(block.cid)
  expect(decodeCid(block.cid.bytes)).toEqual(block.cid)
})

it('has one form only: no other version, codec or hash', async () => {
  const { multihash } = block.cid
  const strange = [
    CID.createV0((await cidOf(utf8('hello'), 'raw')).multihash as never),
    CID.createV1(0x70, multihash),
    CID.createV1(0x55, await sha512.digest(utf8('hello'))),
    CID.createV1(0x55, identity.digest(utf8('hello'))),
  ]
  for (const cid of strange) {
    expect(() => parseCid(cid.toString())).toThrow(coded('bad-name'))
    expect(() => decodeCid(cid.bytes)).toThrow(coded('bad-message'))
  }
})

it.each(['', 'bafy', 'hello', 'bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4ye!'])('is not %j', (text) => {
  expect(() => parseCid(text)).toThrow(coded('bad-name'))
})

it('is not looked for in a text that is longer than any', () => {
  const read = vi.spyOn(CID, 'parse')
  onTestFinished(() => read.mockRestore())
  expect(() => parseCid(`z${'z'.repeat(15_000)}`)).toThrow(coded('bad-name'))
  expect(read).not.toHaveBeenCalled()
})

it.each([undefined, null, 'text', new Uint8Array(0), new Uint8Array(36), [1]])('is not decoded from %j', (value) => {
  expect(() => decodeCid(value)).toThrow(coded('bad-message'))
})

it('holds for exactly these bytes', async () => {
  await expect(verifyBlock(block.cid, utf8('hello'))).resolves.toBeUndefined()
  await expect(verifyBlock(block.cid, utf8('hellp'))).rejects.toMatchObject({ code: 'bad-block' })
  await expect(verifyBlock(block.cid, utf8('hell'))).rejects.toMatchObject({ code: 'bad-block' })
})

it('compares bytes by content', () => {
  expect(equalBytes(utf8('ab'), utf8('ab'))).toBe(true)
  expect(equalBytes(utf8('ab'), utf8('abc'))).toBe(false)
  expect(equalBytes(utf8('ab'), utf8('ac'))).toBe(false)
})

it('that was read before is the same, whatever became of the bytes that it was read from', async () => {
  const { bytes } = await cidOf(Uint8Array.of(1, 2, 3), 'raw')
  const wire = Uint8Array.from(bytes)
  const read = decodeCid(wire)
  wire.fill(0)
  expect(read.bytes).toEqual(bytes)
  expect(decodeCid(bytes)).toBe(read)
  expect(parseCid(read.toString())).toBe(parseCid(read.toString()))
  expect(() => decodeCid(wire)).toThrow(coded('bad-message'))
})
