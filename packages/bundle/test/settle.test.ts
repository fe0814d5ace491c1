import { HitherError } from '@hither/core'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { FAILED_SETTLE_MS, SETTLE_MS } from '../src/limits.ts'
import { watchHandler, type Made } from '../src/watch.ts'
import { ownBundler, project } from './project.ts'

const builds = ownBundler()

let change: () => void

vi.mock('../src/folder-watch.ts', () => ({
  folderWatch(onChange: () => void) {
    change = onChange
    return { add: () => false, close: () => {} }
  },
}))

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
})

const BROKEN = new HitherError('build-failed', 'broken')

/** Saves, after which it is built so, and gives what was told by then. */
async function watched(): Promise<(outcome: Made | HitherError) => Promise<string[]>> {
  const told: string[] = []
  let next: Made | HitherError = await made('first')
  const watch = await watchHandler({
    find: async () => ({ name: 'f', entry: '/f/index.ts', root: '/f', config: {} as never }),
    make: async () => {
      if (next instanceof HitherError) throw next
      return next
    },
    onOutcome: (outcome) => told.push('error' in outcome ? outcome.error.message : outcome.built.name),
  })
  onTestFinished(() => watch.close())
  return async (outcome) => {
    next = outcome
    change()
    await vi.advanceTimersByTimeAsync(SETTLE_MS)
    return told
  }
}

async function made(name: string): Promise<Made> {
  const dir = await project({ 'index.ts': `export default () => new Response('${name}')` })
  return { built: { ...(await builds.build(dir)), name }, inputs: [], ms: 0 }
}

test('what a save breaks is told when nothing mends it soon', async () => {
  const save = await watched()
  expect(await save(BROKEN)).toEqual(['first'])
  await vi.advanceTimersByTimeAsync(FAILED_SETTLE_MS)
  expect(await save(BROKEN)).toEqual(['first', 'broken'])
})

test('a save in several steps is told as what it is in the end', async () => {
  const [first, second] = [await made('first'), await made('second')]
  const save = await watched()
  await save(BROKEN)
  expect(await save(second)).toEqual(['first', 'second'])
  await vi.advanceTimersByTimeAsync(FAILED_SETTLE_MS)
  await save(BROKEN)
  // The same function as the one that serves: nothing has happened.
  expect(await save(second)).toEqual(['first', 'second'])
  await vi.advanceTimersByTimeAsync(FAILED_SETTLE_MS)
  expect(await save(first)).toEqual(['first', 'second', 'first'])
})
