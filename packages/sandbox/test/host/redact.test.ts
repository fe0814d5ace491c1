import { HitherError } from '@hither/core'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { redactor } from '../../src/host/redact.ts'

const TOKEN = 'tok "en"\n& more'

test('secrets are taken out of texts as they are, as JSON has them, and as a URL has them', () => {
  const { text } = redactor([TOKEN])
  expect(text(`a ${TOKEN} b ${TOKEN}`)).toBe('a [secret] b [secret]')
  expect(text(JSON.stringify({ token: TOKEN }))).toBe('{"token":"[secret]"}')
  expect(text(`/?token=${encodeURIComponent(TOKEN)}`)).toBe('/?token=[secret]')
})

test('one that is a part of another, or has signs of patterns in it, is found as well', () => {
  const { text } = redactor(['secret-1', 'secret-1-long', '$& (.*)'])
  expect(text('secret-1-long secret-1 $& (.*)')).toBe('[secret] [secret] [secret]')
})

test('where a text was cut, the beginning of one is taken out too; short values are left', () => {
  const { text } = redactor(['abcdefghij', 'true'])
  expect(text('x abcdefg…')).toBe('x [secret]…')
  expect(text('x abcde…')).toBe('x abcde…')
  expect(text('x abcdefg')).toBe('x abcdefg')
  expect(text('true')).toBe('true')
})

test('an error has none in any of its parts, and no cause', () => {
  const { error } = redactor(['abcdefghij'])
  const before = new HitherError('handler-failed', 'm abcdefghij', {
    why: 'w abcdefghij',
    fix: 'fix',
    data: { stack: ['s abcdefghij'], deep: { abcdefghij: 1 }, metrics: { runMs: 1 }, none: null },
    cause: new Error('abcdefghij'),
  })
  const after = error(before)
  expect(JSON.stringify(after.toWire())).not.toContain('abcdefghij')
  expect(after).toMatchObject({
    code: 'handler-failed',
    message: 'm [secret]',
    fix: 'fix',
    data: { metrics: { runMs: 1 }, none: null },
  })
  expect(after.cause).toBeUndefined()
  expect(redactor([]).error(before)).toBe(before)
})

test('whatever surrounds it, no secret is left in a text', () => {
  const secret = fc.string({ unit: 'grapheme', minLength: 6, maxLength: 40 }).filter((one) => !'[secret]'.includes(one))
  fc.assert(
    fc.property(
      fc.array(secret, { minLength: 1, maxLength: 4 }),
      fc.array(fc.string(), { maxLength: 5 }),
      (secrets, rest) => {
        const { text } = redactor(secrets)
        const after = text([...rest, ...secrets, ...rest].join(' '))
        for (const one of secrets) expect(after).not.toContain(one)
      },
    ),
  )
})
