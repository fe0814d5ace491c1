import type { Route } from '@hither/core'
import { expect, test } from 'vitest'
import type { Journey } from '../src/call/journey.ts'
import { noRunner } from '../src/call/no-runner.ts'

const nobody: Route = { candidates: [], skipped: [] }

function journey(part: Partial<Pick<Journey, 'attempts' | 'wants'>>): Journey {
  return { resolved: { name: 'k/shop' }, attempts: [], tried: new Map(), wants: {}, ...part } as unknown as Journey
}

test('who lacks a secret is named in the command that gives it', () => {
  const message = 'this runner does not have the secret API_KEY, which the function needs'
  const attempts = [{ peer: '12D3x', predictedMs: 1, ms: 1, outcome: 'secret-missing' as const, message }]
  expect(noRunner(journey({ attempts }), nobody, { connected: 1, bound: undefined }).fix).toBe(
    'its publisher can give it: fn secret set shop API_KEY --runner 12D3x',
  )
})

test('who asked for labels is told how a runner gets them', () => {
  const wants = { require: [{ label: 'gpu' }, { label: 'shop-7' }] } as unknown as Journey['wants']
  expect(noRunner(journey({ wants }), nobody, { connected: 3, bound: undefined }).fix).toContain(
    'fn up --volunteer --label gpu --label shop-7',
  )
})
