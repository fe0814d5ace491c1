import { expect, test } from 'vitest'
import { parseWhom, peerOfKey, sayWhom, signerFromSeed } from '../src/index.ts'

const ann = await signerFromSeed(new Uint8Array(32).fill(1))
const peer = peerOfKey(ann.publisher)
const aliases = new Map([['ann', ann.publisher]])

test.each([
  [peer, peer, `that is ${peer}`],
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
  ['', 'usage'],
  ['12D3KooWpeer', 'usage'],
  [peer.slice(0, -1), 'usage'],
  [`${peer.slice(0, 20)}0${peer.slice(21)}`, 'usage'],
  [` ${peer}`, 'usage'],
  [ann.publisher, 'usage'],
])('%s means nobody', (text, code) => {
  expect(() => parseWhom(text, aliases)).toThrow(expect.objectContaining({ code }) as Error)
})

test('of what means nobody it is said which ways there are', () => {
  expect(() => parseWhom(peer.slice(0, -1), aliases)).toThrow(
    expect.objectContaining({ fix: expect.stringMatching(/peer id.*label:.*tier:.*publisher:/) as string }) as Error,
  )
})
