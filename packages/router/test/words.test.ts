import { expect, test } from 'vitest'
import type { Obstacle } from '../src/obstacle.ts'
import { say } from '../src/words.ts'

test.each<[Obstacle, string]>([
  [{ kind: 'avoided', as: 'p' }, 'the caller wants it avoided'],
  [{ kind: 'avoided', as: { label: 'gpu' } }, 'the caller wants runners with the label "gpu" avoided'],
  [{ kind: 'tried' }, 'already tried in this call'],
  [{ kind: 'down' }, 'down'],
  [{ kind: 'no-link' }, 'known by the word of others only: there is no link to it yet'],
  [{ kind: 'not-required', asked: { label: 'gpu' }, is: undefined }, 'it does not carry the label "gpu"'],
  [{ kind: 'little-memory', lentMb: 64, neededMb: 128 }, 'it lends 64 MB to a function, and this one may use 128'],
  [{ kind: 'outlier', lateMs: 5000, restMs: 0 }, 'set aside: its answers come 5.0 s later than they should'],
  [
    { kind: 'outlier', lateMs: 5000, restMs: 12_000 },
    'set aside: its answers come 5.0 s later than they should; to be tried again in 12 s',
  ],
  [{ kind: 'full', slots: 4, waiting: 1 }, 'full: 4 of 4 slots busy, 1 waiting'],
  [
    { kind: 'not-required', asked: { tier: 'filtered' }, is: 'process' },
    'its jail is of the tier "process", and the caller wants "filtered"',
  ],
  [{ kind: 'not-granted', need: 'wasm' }, 'its jail does not grant "wasm"'],
  [
    { kind: 'refused', code: 'not-admitted', agoMs: 12_000, nextTryMs: 100, soft: false },
    "does not run this publisher's code (said 12 s ago)",
  ],
  [
    { kind: 'refused', code: 'secret-missing', agoMs: 12_000, nextTryMs: 100, soft: false },
    'does not have the secrets of this function (said 12 s ago)',
  ],
  [{ kind: 'refused', code: 'busy', agoMs: 230, nextTryMs: 100, soft: true }, 'was busy (said 0.2 s ago)'],
  [
    { kind: 'refused', code: 'unsupported', agoMs: 180_000, nextTryMs: 100, soft: false },
    'cannot grant what this function needs (said 3 min ago)',
  ],
  [{ kind: 'refused', code: 'internal', agoMs: 0, nextTryMs: 100, soft: true }, 'refused (internal) (said 0.0 s ago)'],
  [
    { kind: 'circuit', failures: 3, nextTryMs: 4000 },
    'failed 3 times in a row on this function; to be tried again in 4.0 s',
  ],
  [
    { kind: 'circuit', failures: 3, nextTryMs: 0 },
    'failed 3 times in a row on this function; one call is trying it again now',
  ],
])('%o', (obstacle, words) => {
  expect(say(obstacle)).toBe(words)
})
