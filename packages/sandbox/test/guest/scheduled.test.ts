import { encodeScheduled, SCHEDULED_HEADER } from '@hither/core'
import { describe, expect, test } from 'vitest'
import { start } from './start.ts'

const event = { cron: '*/5 * * * *', scheduledTime: 1_764_230_000_000 }
const request = { method: 'POST', headers: [[SCHEDULED_HEADER, encodeScheduled(event)]] as [string, string][] }

describe('a handler with `scheduled`', () => {
  test('is called with event, variables and context, also where it has nothing else', async () => {
    const { fetch, logs } = start(
      `export default { async scheduled(event, env, ctx) {
        ctx.waitUntil(Promise.resolve().then(() => console.log('later')))
        await null
        console.log(JSON.stringify([event.type, event.cron, event.scheduledTime, typeof event.noRetry, env.A]))
      } }`,
      { env: { A: 'a' } },
    )
    expect((await fetch(request)).status).toBe(200)
    expect(logs.map(({ text }) => text).toSorted()).toEqual([
      JSON.stringify(['scheduled', event.cron, event.scheduledTime, 'function', 'a']),
      'later',
    ])
    // By anything else it is not to be had.
    expect(await fetch()).toMatchObject({ status: 404, text: expect.stringContaining('only a clock calls it') })
  })

  test('keeps its receiver, and its other ways in', async () => {
    const { fetch } = start(
      `export default { n: 0, fetch() { return new Response(String(this.n)) }, scheduled() { this.n += 1 } }
       export const name = () => 1`,
    )
    await fetch(request)
    await fetch(request)
    expect((await fetch()).text).toBe('2')
  })

  test('fails by what it throws', async () => {
    const { fail } = start(`export default { async scheduled() { throw new RangeError('no') } }`)
    expect(await fail(request)).toMatchObject({ code: 'handler-failed', data: { name: 'RangeError', message: 'no' } })
  })
})

test('a handler without it answers that, and its `fetch` is not called', async () => {
  const { fetch } = start(`export default () => new Response('fetched')`)
  const { status, text } = await fetch(request)
  expect({ status, text }).toEqual({
    status: 404,
    text: 'this function has no `scheduled`, which a clock could call\n',
  })
})

test('what is no event goes to `fetch`', async () => {
  const { fetch } = start(`export default () => new Response('fetched')`)
  expect((await fetch({ headers: [[SCHEDULED_HEADER, 'x']] })).text).toBe('fetched')
})
