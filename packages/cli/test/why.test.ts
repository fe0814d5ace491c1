import type { Prediction } from '@hither/core'
import type { CallStory } from '@hither/peer'
import { expect, test } from 'vitest'
import { storyWords } from '../src/terminal/why-words.ts'

const predicted: Prediction = {
  networkMs: 2,
  queueMs: 0,
  priceMs: 0,
  transferMs: 0,
  coldMs: 0,
  serviceMs: 10,
  penaltyMs: 0,
  totalMs: 12,
}
const NEAR = '12D3KooWnearnear'
const FAR = '12D3KooWfarawayy'
const FULL = '12D3KooWfullfull'
const LATE = '12D3KooWlatelate'

const story: CallStory = {
  call: 'ab12',
  target: 'hello',
  method: 'GET',
  path: '/x',
  cid: 'bafyfunction',
  name: 'k/hello',
  time: 0,
  ms: 61.5,
  outcome: 'answered',
  peer: FAR,
  predicted: { ...predicted, networkMs: 30, totalMs: 40 },
  phases: {
    resolveMs: 0.5,
    routeMs: 1,
    retriesMs: 5,
    networkMs: 31,
    fetchMs: 0,
    queueMs: 0,
    startMs: 4,
    runMs: 20,
    totalMs: 61.5,
  },
  attempts: [
    { peer: FULL, predictedMs: 12, ms: 5, outcome: 'busy', message: 'every slot is taken', times: 3 },
    { peer: FAR, predictedMs: 40, ms: 55, outcome: 'answered', hedge: true },
    { peer: NEAR, predictedMs: 12, ms: 58, outcome: 'cancelled', message: 'another copy was first' },
  ],
  steps: [
    { atMs: 0.5, event: { type: 'call:resolved', cid: 'bafyfunction', ms: 0.5 } },
    { atMs: 1, event: { type: 'call:waiting', why: 'the one runner that could take it is full', who: [FULL] } },
    {
      atMs: 6,
      event: {
        type: 'call:routed',
        route: {
          choice: NEAR,
          candidates: [
            { peer: NEAR, predicted },
            { peer: FAR, predicted: { ...predicted, networkMs: 30, totalMs: 40 } },
            { peer: LATE, predicted: { ...predicted, penaltyMs: 1000, totalMs: 1012 }, restMs: 12_000 },
          ],
          skipped: [{ peer: FULL, why: 'was busy (said 0.1 s ago)' }],
        },
      },
    },
    { atMs: 56, event: { type: 'call:hedged', peer: FAR, after: NEAR, afterMs: 50 } },
    { atMs: 61, event: { type: 'call:answered', peer: FAR, status: 200 } },
  ],
}

test('a story says who was chosen, why nobody else, what each phase took, and what happened when', () => {
  const lines = storyWords(story).split('\n')
  expect(lines).toEqual(
    expect.arrayContaining([
      'call      ab12: GET hello/x',
      'outcome   answered by …farawayy after 61.5 ms',
      'chosen    …nearnear, of 3 candidates: 12.0 ms predicted',
      '  …farawayy  40.0 ms: 28.0 ms more: it is farther away',
      '  …latelate  1012 ms: 1000 ms more: its answers were late by far; to be tried again in 12.0 s',
      '  …fullfull  was busy (said 0.1 s ago)',
      'on the way                         30.0 ms    31.0 ms',
      'starting the function              0.0 ms     4.0 ms',
      '  …fullfull  busy, 3 times after 5.0 ms: every slot is taken',
      '  …farawayy  answered, the second copy after 55.0 ms',
      '     1.0 ms  waits: the one runner that could take it is full (…fullfull)',
      'in all                             40.0 ms    61.5 ms',
      '     6.0 ms  sent to …nearnear, 12.0 ms predicted (of 3, 1 left out)',
      '    56.0 ms  a second copy sent to …farawayy, since …nearnear had not answered in 50.0 ms',
      '    61.0 ms  …farawayy answered with 200',
    ]),
  )
})

test('a call that nobody took has a story as well, and what peers say cannot play with the terminal', () => {
  const { peer: _, predicted: __, phases: ___, ...rest } = story
  const words = storyWords({
    ...rest,
    outcome: 'no-runner',
    message: 'no runner \u001B[31mtook it',
    steps: [],
    attempts: [],
  })
  expect(words).toContain('failed after 61.5 ms: no runner')
  expect(words).not.toContain('\u001B')
})

test('a call of a trace says which', () => {
  expect(storyWords({ ...story, trace: '00-1-2-01' })).toContain('trace     00-1-2-01\n')
  expect(storyWords(story)).not.toContain('trace')
})

test('what the error said of a call is said again', () => {
  const failed: CallStory = {
    ...story,
    outcome: 'no-runner',
    message: 'nobody',
    why: 'a: busy\nb: gone\u0007',
    fix: 'wait',
  }
  expect(storyWords(failed)).toContain('(no-runner)\n  why: a: busy\n       b: gone\n  fix: wait\n')
})
