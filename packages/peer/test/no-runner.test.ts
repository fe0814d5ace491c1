import { HitherError, type Route } from '@hither/core'
import { expect, test } from 'vitest'
import type { Journey, Said } from '../src/call/journey.ts'
import { noRunner } from '../src/call/no-runner.ts'
import { callerNotAdmitted } from '../src/rules/refusals.ts'
import { fails, network } from './caller.ts'

const nobody: Route = { candidates: [], skipped: [] }

function journey(part: Partial<Pick<Journey, 'attempts' | 'wants' | 'tried'>>): Journey {
  return { resolved: { name: 'k/shop' }, attempts: [], tried: new Map(), wants: {}, ...part } as unknown as Journey
}

test('who lacks a secret is named in the command that gives it', () => {
  const message = 'this runner does not have the secret API_KEY, which the function needs'
  const attempts = [{ peer: '12D3x', predictedMs: 1, ms: 1, outcome: 'secret-missing' as const, message }]
  expect(noRunner(journey({ attempts }), nobody, { self: 'me', connected: 1, bound: undefined }).fix).toBe(
    'its publisher can give it: fn secret set shop API_KEY --runner 12D3x',
  )
})

test('who asked for labels is told how a runner gets them', () => {
  const wants = { require: [{ label: 'gpu' }, { label: 'shop-7' }] } as unknown as Journey['wants']
  expect(noRunner(journey({ wants }), nobody, { self: 'me', connected: 3, bound: undefined }).fix).toContain(
    'fn up --volunteer --label gpu --label shop-7',
  )
})

const ADMITTED = 'fn trust add KEY'

/** What is advised where these are left out, in a call that asked nobody. */
function advised(...skipped: Route['skipped']): string | undefined {
  return noRunner(journey({}), { candidates: [], skipped }, { self: 'me', connected: 1, bound: undefined }).fix
}

test('who takes no calls of this machine is asked to take them, not to trust a publisher', async () => {
  const refuses = (): Promise<never> => Promise.reject(callerNotAdmitted('12D3caller', 'anyone'))
  const { ask } = await network({ near: refuses })
  const error = await ask().catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({
    code: 'no-runner',
    fix: 'near: its owner can allow them with: fn trust allow 12D3caller',
  })
})

test('what a runner says itself would help is said, but for one that is only full', async () => {
  const full = (): Promise<never> => Promise.reject(new HitherError('busy', 'full', { fix: 'go away' }))
  const removed = new HitherError('unknown-function', 'it was removed', { fix: 'fn rollback x' })
  const both = await network({ near: full, far: () => Promise.reject(removed) })
  await expect(both.ask({ waitMs: 0 })).rejects.toMatchObject({ fix: 'far: fn rollback x' })
  const one = await network({ near: full })
  await expect(one.ask({ waitMs: 0 })).rejects.toMatchObject({ fix: expect.stringContaining('fn invoke --wait') })
  const called = await network({ near: () => Promise.reject(new HitherError('not-admitted', 'no')) })
  await expect(called.ask()).rejects.toMatchObject({ fix: expect.stringContaining('fn trust add') })
})

test('what runners said in calls before counts as what they say in this one', async () => {
  const near = { peer: 'near', why: 'it said so 2 s ago' }
  expect(advised({ ...near, code: 'not-admitted' })).toContain(ADMITTED)
  expect(advised({ ...near, code: 'not-admitted' })).toContain('fn trust allow me')
  expect(advised({ ...near, code: 'secret-missing' })).toContain('fn secret set shop KEY --runner near')
  expect(advised(near)).toBe('start a runner: fn up --volunteer')
  const { ask } = await network({ near: fails('not-admitted') })
  for (const _ of ['asked', 'left out']) {
    await expect(ask()).rejects.toMatchObject({
      fix: expect.stringContaining('fn trust add'),
      data: { tried: [{ peer: 'near', code: 'not-admitted' }] },
    })
  }
})

test('where this very machine takes no work, its user is told how to see why', () => {
  const paused = { why: 'takes no work now', code: 'not-volunteering' as const }
  expect(advised({ ...paused, peer: 'me' })).toContain('fn volunteer status')
  expect(advised({ ...paused, peer: 'other' })).toBe('start a runner: fn up --volunteer')
})

test('a runner without a secret is not told the name of a function that was called without one', () => {
  const said: Said = { code: 'secret-missing', message: 'no secret', fix: 'call it by its name' }
  const nameless = { ...journey({ tried: new Map([['near', said]]) }), resolved: {} } as unknown as Journey
  const { fix } = noRunner(nameless, nobody, { self: 'me', connected: 1, bound: undefined })
  expect(fix).toBe('near: call it by its name')
})
