import { signOwner, type Observation } from '@hither/core'
import { expect, test } from 'vitest'
import { owners } from '../src/owners.ts'
import { fakeLinks, idleState, signer, silent } from './fakes.ts'

const ann = await signer(1)

test('a runner is asked once a link whose it is, and what it shows counts only where it is true', async () => {
  const seen: Observation[] = []
  let asked = 0
  const shows = (bytes: Uint8Array) => async (): Promise<Uint8Array> => {
    asked += 1
    return bytes
  }
  const links = fakeLinks({
    hers: { owner: shows(await signOwner(ann, 'hers')) },
    borrowed: { owner: shows(await signOwner(ann, 'hers')) },
    silent: {},
  })
  const it = owners({ links, placement: { observe: (one) => void seen.push(one) }, now: () => 0, log: silent })
  const hear = (peer: string): void => it.hear({ type: 'state', peer, state: idleState })
  for (const peer of ['hers', 'borrowed', 'silent', 'hers']) hear(peer)
  expect(it.asking()).toBe(3)
  await expect.poll(() => it.asking()).toBe(0)
  expect(seen).toEqual([{ type: 'owner', peer: 'hers', publisher: ann.publisher }])
  expect(['hers', 'borrowed', 'silent'].map((peer) => it.of(peer))).toEqual([ann.publisher, undefined, undefined])
  expect(asked).toBe(2)
  it.hear({ type: 'down', peer: 'hers', why: 'gone' })
  expect(it.of('hers')).toBeUndefined()
  hear('hers')
  await expect.poll(() => seen.length).toBe(2)
})
