import { HitherError, signOwner, type LinkEvent, type Observation } from '@hither/core'
import { expect, test } from 'vitest'
import { OWNER_AGAIN_MS } from '../src/limits/owners.ts'
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

test('what a question comes to says nothing of a link that came up since', async () => {
  let time = 0
  const questions: PromiseWithResolvers<Uint8Array | undefined>[] = []
  const owner = (): Promise<Uint8Array | undefined> => {
    const question = Promise.withResolvers<Uint8Array | undefined>()
    questions.push(question)
    return question.promise
  }
  const it = owners({ links: fakeLinks({ p: { owner } }), placement: { observe() {} }, now: () => time, log: silent })
  const state: LinkEvent = { type: 'state', peer: 'p', state: idleState }
  it.hear(state)
  it.hear({ type: 'down', peer: 'p', why: 'gone' })
  it.hear(state)
  questions[1]?.resolve(undefined)
  questions[0]?.reject(new HitherError('link-lost', 'it left'))
  await expect.poll(() => it.asking()).toBe(0)
  time = OWNER_AGAIN_MS
  it.hear(state)
  expect(questions).toHaveLength(2)
})

test('one that did not answer is asked again, later', async () => {
  let time = 0
  let asked = 0
  const owner = async (): Promise<never> => {
    asked += 1
    throw new HitherError('busy', 'not now')
  }
  const it = owners({ links: fakeLinks({ p: { owner } }), placement: { observe() {} }, now: () => time, log: silent })
  for (const [at, times] of [
    [0, 1],
    [OWNER_AGAIN_MS - 1, 1],
    [OWNER_AGAIN_MS, 2],
  ] as const) {
    time = at
    it.hear({ type: 'state', peer: 'p', state: idleState })
    await expect.poll(() => it.asking()).toBe(0)
    expect(asked).toBe(times)
  }
})
