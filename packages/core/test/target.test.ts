import { expect, it } from 'vitest'
import { parsePublisher, parseTarget, signerFromSeed } from '../src/index.ts'
import { cidFor, coded } from './material.ts'

const self = (await signerFromSeed(new Uint8Array(32).fill(1))).publisher
const anna = (await signerFromSeed(new Uint8Array(32).fill(2))).publisher
const aliases = new Map([['anna', anna]])
const cid = await cidFor('a function')

it('reads all four forms', () => {
  expect(parseTarget('shop', self, aliases)).toEqual({ publisher: self, name: 'shop' })
  expect(parseTarget('anna/shop', self, aliases)).toEqual({ publisher: anna, name: 'shop' })
  expect(parseTarget(`${anna}/shop`, self, aliases)).toEqual({ publisher: anna, name: 'shop' })
  expect(parseTarget(cid.toString(), self, aliases)).toEqual({ cid })
})

it('takes short names that begin as CIDs do for names', () => {
  expect(parseTarget('bafy', self, aliases)).toEqual({ publisher: self, name: 'bafy' })
})

it.each(['', 'Shop', 'anna/', 'anna/a/b', 'anna/../x', 'shop ', `bafkrei${'a'.repeat(60)}`])('refuses %j', (text) => {
  expect(() => parseTarget(text, self, aliases)).toThrow(coded('bad-name'))
})

it('says how to get to know a publisher', () => {
  for (const text of ['bob/shop', '/shop', `${anna}x/shop`]) {
    expect(() => parseTarget(text, self, aliases)).toThrow(
      expect.objectContaining({ code: 'unknown-name', fix: expect.stringContaining('fn alias add') }),
    )
  }
  expect(parsePublisher('anna', aliases)).toBe(anna)
})
