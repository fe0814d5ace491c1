import type { CallHeader, Headers } from '@hither/core'
import { expect, test } from 'vitest'
import { traceOf } from '../src/call/trace.ts'
import { answers, network } from './caller.ts'

const trace = `00-${'4b'.repeat(16)}-${'b7'.repeat(8)}-01`

test('a call belongs to the trace of its request, for its runner and in its story', async () => {
  let seen: CallHeader | undefined
  const { ask, stories } = await network({
    near: (header, body) => {
      seen = header
      return answers('near')(header, body)
    },
  })
  await ask({ headers: [['Traceparent', trace]] })
  expect(seen).toMatchObject({ trace, headers: [['Traceparent', trace]] })
  expect(stories).toMatchObject([{ trace }])
  await ask()
  expect(seen).not.toHaveProperty('trace')
})

test.each<[string, Headers]>([
  ['none', []],
  [
    'two',
    [
      ['traceparent', trace],
      ['traceparent', trace],
    ],
  ],
  ['no trace', [['traceparent', trace.replaceAll('4b', '00')]]],
  ['no span', [['traceparent', trace.replaceAll('b7', '00')]]],
  ['a version that there cannot be', [['traceparent', `ff${trace.slice(2)}`]]],
  ['capitals', [['traceparent', trace.toUpperCase()]]],
  ['something else', [['traceparent', 'x'.repeat(300)]]],
])('of a request with %s nothing is passed on', (_, headers) => {
  expect(traceOf(headers)).toBeUndefined()
})
