import { HitherError, type ErrorCode } from '@hither/core'
import { expect, test } from 'vitest'
import { start, type Started } from './helpers/gateway.ts'
import { ask } from './helpers/http.ts'

function failing(code: ErrorCode, init: ConstructorParameters<typeof HitherError>[2] = {}): Promise<Started> {
  return start(async () => {
    throw new HitherError(code, 'it failed', init)
  })
}

test.each<[ErrorCode, number]>([
  ['unknown-name', 404],
  ['bad-name', 400],
  ['too-large', 413],
  ['handler-failed', 500],
  ['link-lost', 502],
  ['bad-answer', 502],
  ['no-runner', 503],
  ['draining', 503],
  ['timeout', 504],
])('%s is %d', async (code, status) => {
  const { headers, ...answered } = await ask(await failing(code))
  expect(answered.status).toBe(status)
  expect(headers['hither-error']).toBe(code)
  expect(headers['retry-after']).toBe(status === 503 ? '1' : undefined)
})

test('an error tells what, why and what to do, as JSON', async () => {
  const gateway = await failing('no-runner', { why: 'nobody is here', fix: 'start one' })
  const { headers, body } = await ask(gateway, { headers: { accept: '*/*' } })
  expect(headers).toMatchObject({ 'content-type': 'application/json', 'x-content-type-options': 'nosniff' })
  expect(JSON.parse(body)).toEqual({
    error: { code: 'no-runner', message: 'it failed', why: 'nobody is here', fix: 'start one' },
  })
})

test('to people it is text', async () => {
  const gateway = await failing('no-runner', { why: 'nobody is here', fix: 'start one' })
  const accept = 'text/html,application/xhtml+xml,application/json;q=0.9'
  const { headers, body } = await ask(gateway, { headers: { accept } })
  expect(headers['content-type']).toBe('text/plain; charset=utf-8')
  expect(body).toBe('503 no-runner: it failed\n\nnobody is here\n\nstart one\n')
})

test('the stack of a handler, and whatever else its error carries as data, stays here', async () => {
  const gateway = await failing('handler-failed', { data: { name: 'TypeError', stack: 'at fn:secret:1:1' } })
  expect((await ask(gateway)).body).not.toContain('secret')
})

test.each([
  [1, '1'],
  [1000, '1'],
  [2001, '3'],
  [1e12, '60'],
  [-5, '1'],
  ['soon', '1'],
  [Number.NaN, '1'],
])('a runner’s word on when to come back is taken within reason: %s', async (retryAfterMs, seconds) => {
  const { headers } = await ask(await failing('busy', { data: { retryAfterMs } }))
  expect(headers['retry-after']).toBe(seconds)
})

test('what is no named error is a fault of ours', async () => {
  const gateway = await start(async () => {
    throw new TypeError('x is not a function')
  })
  expect(await ask(gateway)).toMatchObject({ status: 500, headers: { 'hither-error': 'internal' } })
})
