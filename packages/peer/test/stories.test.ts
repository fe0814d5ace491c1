import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readWhole } from '@hither/core'
import { expect, onTestFinished, test } from 'vitest'
import type { CallStory } from '../src/api.ts'
import { STORIES_PER_FLUSH_MAX, STORY_CANDIDATES_MAX, STORY_STEPS_MAX } from '../src/limits/kept.ts'
import { keptStories, type KeptStories } from '../src/stories.ts'
import { answers, fails, network } from './caller.ts'
import { silent } from './fakes.ts'
import { settle } from './volunteer/machine.ts'

test('an answered call leaves a story: the steps as they were told, who was asked, what was predicted and what it took', async () => {
  const { ask, stories, events } = await network({ near: fails('busy'), far: answers('far') })
  const result = await ask({ method: 'post', path: '/p' })
  await readWhole(result.body)
  await result.report
  await settle()
  expect(stories).toMatchObject([
    {
      call: result.call,
      target: 'x',
      method: 'POST',
      path: '/p',
      cid: result.cid,
      name: result.name,
      time: 42,
      outcome: 'answered',
      peer: 'far',
      attempts: [{ outcome: 'busy' }, { outcome: 'answered' }],
      predicted: { networkMs: expect.any(Number), totalMs: expect.any(Number) },
      phases: { totalMs: expect.any(Number) },
    },
  ])
  expect(stories[0]?.steps.map(({ event }) => event)).toEqual(events)
  expect(events.map(({ type }) => type)).toEqual([
    'call:resolved',
    'call:routed',
    'call:refused',
    'call:routed',
    'call:answered',
  ])
})

test('one that failed has a story too, and its error says which', async () => {
  const { ask, stories } = await network({ near: fails('handler-failed') })
  const error = await ask().catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'handler-failed', data: { call: stories[0]?.call } })
  expect(stories).toMatchObject([
    { outcome: 'handler-failed', message: 'it said handler-failed', attempts: [{ peer: 'near' }] },
  ])
  await expect(ask({ target: 'nobody-has-this' })).rejects.toMatchObject({ code: 'unknown-name' })
  expect(stories.at(-1)).toMatchObject({ target: 'nobody-has-this', outcome: 'unknown-name', attempts: [] })
})

test('why a call failed, and what would help, is kept as it was said', async () => {
  const { ask, stories } = await network({})
  const error = await ask().catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'no-runner' })
  const { why, fix } = error as { why: string; fix: string }
  expect(stories).toMatchObject([{ outcome: 'no-runner', why, fix }])
})

const story = (call: string): CallStory => ({
  call,
  target: 'x',
  method: 'GET',
  path: '/',
  time: 42,
  ms: 1,
  outcome: 'answered',
  steps: [],
  attempts: [],
})

async function kept(): Promise<{ path: string; open: () => KeptStories }> {
  const folder = await mkdtemp(join(tmpdir(), 'hither-stories-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'stories')
  return { path, open: () => keptStories({ path, log: silent }) }
}

test('a story is found at once and after a restart; nobody else reads it', async () => {
  const { path, open } = await kept()
  const one = open()
  one.keep(story('abc'))
  expect(await one.find('abc')).toEqual(story('abc'))
  await one.flush()
  expect(await open().find('abc')).toEqual(story('abc'))
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  await expect(open().find('abd')).rejects.toMatchObject({ code: 'unknown-call' })
  await writeFile(path, (await readFile(path, 'utf8')).slice(0, -30))
  await expect(open().find('abc')).rejects.toMatchObject({
    code: 'unknown-call',
    why: expect.stringContaining('damaged'),
  })
})

test('of a file that grew without end only its end is read', async () => {
  const { path, open } = await kept()
  const one = open()
  one.keep(story('abc'))
  await one.flush()
  const line = await readFile(path)
  // More than can be read into memory at once; on disk it takes no room.
  await truncate(path, 3 * 1024 ** 3)
  await appendFile(path, `\n${line.toString()}`)
  expect(await open().find('abc')).toEqual(story('abc'))
  await expect(open().find('abd')).rejects.toMatchObject({ why: expect.stringContaining('newest calls') })
})

test('what is kept is bounded: of a flood the newest, of one call the last steps and the best candidates', async () => {
  const { open } = await kept()
  const one = open()
  for (let n = 0; n <= STORIES_PER_FLUSH_MAX; n++) one.keep(story(`c${n}`))
  await expect(one.find('c0')).rejects.toMatchObject({ code: 'unknown-call' })
  const nobody = {
    networkMs: 1,
    queueMs: 0,
    priceMs: 0,
    transferMs: 0,
    coldMs: 0,
    serviceMs: 1,
    penaltyMs: 0,
    totalMs: 2,
  }
  const candidates = Array.from({ length: 30 }, (_, n) => ({ peer: `p${n}`, predicted: nobody }))
  const route = { choice: 'p29', candidates, skipped: [] }
  const steps = Array.from({ length: 100 }, (_, atMs) => ({ atMs, event: { type: 'call:routed', route } as const }))
  one.keep({ ...story('long'), steps })
  const found = await one.find('long')
  expect(found.steps).toHaveLength(STORY_STEPS_MAX)
  expect(found.steps.at(-1)?.atMs).toBe(99)
  expect(found.steps[0]?.event).toMatchObject({ route: { choice: 'p29' } })
  const [{ event } = { event: undefined }] = found.steps
  expect(event?.type === 'call:routed' && event.route.candidates.map(({ peer }) => peer)).toEqual([
    ...candidates.slice(0, STORY_CANDIDATES_MAX).map(({ peer }) => peer),
    'p29',
  ])
})
