import { describe, expect, test } from 'vitest'
import { ECHO, MALFORMED, ODD, seenBy } from '../heads.ts'
import { start, startHandler } from './start.ts'

describe('a head that no Request can have', () => {
  test.each(MALFORMED)('is a bad message that says what is wrong: %s', async (_name, head, why) => {
    const { fail, fetch, guest, logs } = startHandler(`return new Response('well')`)
    const error = await fail(head)
    expect(error).toMatchObject({ code: 'bad-message', why: expect.stringMatching(why) })
    expect(JSON.stringify(error)).not.toMatch(/secret|file:|\/packages\/|node:/)
    expect(guest).toMatchObject({ usable: true, pending: 0 })
    expect(logs).toEqual([])
    expect((await fetch()).text).toBe('well')
  })

  test('leaves a call that waits in the same isolate alone', async () => {
    const { fetch, fail } = startHandler(`await new Promise((go) => setTimeout(go, 50)); return new Response('waited')`)
    const slow = fetch()
    for (const [, head] of MALFORMED) await fail(head)
    expect((await slow).text).toBe('waited')
  })

  test('never reaches the handler', async () => {
    const { fail, fetch } = start(`let calls = 0; export default () => new Response(String(++calls))`)
    for (const [, head] of MALFORMED) await fail(head)
    expect((await fetch()).text).toBe('1')
  })

  test('is not blamed where the function broke what requests are made with', async () => {
    const { fail } = start(`String.prototype.toUpperCase = () => { throw new Error('broken') }
      export default () => new Response()`)
    expect(await fail({ method: 'POST', body: new Uint8Array(1) })).toMatchObject({ code: 'handler-failed' })
  })
})

test.each(ODD)('a head may have %s', async (_name, { body = '', ...head }, seen) => {
  const { fetch } = startHandler(ECHO)
  const { headers, text } = await fetch({ ...head, body: new TextEncoder().encode(body) })
  expect(seenBy(headers, text)).toMatchObject(seen)
})
