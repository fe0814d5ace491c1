import { expect, test } from 'vitest'
import { parseWhom, sayWhom, signerFromSeed } from '../src/index.ts'

const ann = await signerFromSeed(new Uint8Array(32).fill(1))
const aliases = new Map([['ann', ann.publisher]])

test.each([
  ['12D3KooWpeer', '12D3KooWpeer', 'that is 12D3KooWpeer'],
  ['label:zone=eu', { label: 'zone=eu' }, 'with the label "zone=eu"'],
  ['tier:filtered', { tier: 'filtered' }, 'with a jail of the tier "filtered"'],
  ['publisher:ann', { publisher: ann.publisher }, `of the publisher ${ann.publisher}`],
  [`publisher:${ann.publisher}`, { publisher: ann.publisher }, `of the publisher ${ann.publisher}`],
])('%s means one kind of runner', (text, whom, words) => {
  expect(parseWhom(text, aliases)).toEqual(whom)
  expect(sayWhom(parseWhom(text, aliases))).toBe(words)
})

test.each([
  ['label:', 'usage'],
  ['label:No Spaces', 'usage'],
  ['tier:strong', 'usage'],
  ['gpu:yes', 'usage'],
  ['publisher:nobody', 'unknown-name'],
])('%s means nobody', (text, code) => {
  expect(() => parseWhom(text, aliases)).toThrow(expect.objectContaining({ code }) as Error)
})
