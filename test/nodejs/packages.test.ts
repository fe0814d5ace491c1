import { createHmac } from 'node:crypto'
import bcrypt from 'bcryptjs'
import { v5 } from 'uuid'
import { expect, test } from 'vitest'
import { deployed } from '../support/deployed.ts'

/** Packages written for Node.js, unmodified, with `nodejs_compat`. */

test('jsonwebtoken signs and verifies with a secret, and says what it cannot', async () => {
  const { json } = await deployed('nodejs/packages/jsonwebtoken.js')
  const { token, ...rest } = (await json()) as { token: string }
  expect(rest).toEqual({
    header: { alg: 'HS256', typ: 'JWT' },
    verified: 'ann',
    algorithms: ['HS384', 'HS512'],
    wrong: ['JsonWebTokenError', 'invalid signature', true],
    expired: ['TokenExpiredError', 'jwt expired', true],
    asymmetric: ['Error', expect.stringContaining('secretOrPrivateKey must be an asymmetric key'), false],
  })
  const [head, payload, signature] = token.split('.')
  const own = createHmac('sha256', 'a secret of this test').update(`${head}.${payload}`).digest('base64url')
  expect(signature).toBe(own)
})

test('bcryptjs hashes passwords as elsewhere', async () => {
  const { json } = await deployed('nodejs/packages/bcryptjs.js')
  expect(await json()).toEqual({
    given: bcrypt.hashSync('password', '$2b$04$abcdefghijklmnopqrstuu'),
    matches: [true, false],
    rounds: 4,
  })
})

test('qs parses what is nested, and writes it', async () => {
  const { json } = await deployed('nodejs/packages/qs.js')
  expect(await json()).toEqual({
    parsed: { a: { b: { c: 'd' } }, e: ['1', '2'], f: { g: 'h' }, i: 'ü' },
    written: 'a%5Bb%5D%5B%5D=1&a%5Bb%5D%5B%5D=2&c=1970-01-01T00%3A00%3A00.000Z&d=',
  })
})

test('uuid makes ids of every version', async () => {
  const { json } = await deployed('nodejs/packages/uuid.js')
  expect(await json()).toEqual({
    five: v5('hello', v5.URL),
    random: [
      [true, 4],
      [true, 7],
    ],
    differ: 50,
  })
})

test('pg-protocol speaks to PostgreSQL over a Node stream', async () => {
  const { json } = await deployed('nodejs/packages/pg-protocol.js')
  expect(await json()).toMatchObject({
    query: '510000000d73656c656374203100',
    parse: expect.stringMatching(/^50/),
    bind: expect.stringMatching(/^42/),
    heard: [
      { name: 'dataRow', fields: ['7', null] },
      { name: 'commandComplete', text: 'SELECT 1' },
      { name: 'readyForQuery', status: 'I' },
    ],
  })
})

test('hono finds the context of each request in AsyncLocalStorage, though they run at once', async () => {
  const { json } = await deployed('nodejs/packages/context-storage.ts')
  const ids = ['a', 'b', 'c']
  const answers = await Promise.all(ids.map((id) => json(`/?id=${id}`)))
  expect(answers).toEqual(ids.map((id) => [id, id, id]))
})
