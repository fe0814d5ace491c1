import { describe, expect, it } from 'vitest'
import { ERRORS, isRepeatable, mayGoElsewhere, type ErrorCode } from '../src/index.ts'

describe('isRepeatable', () => {
  it('lets HTTP’s safe methods repeat, in any case of letters', () => {
    for (const method of ['GET', 'HEAD', 'get']) expect(isRepeatable(method)).toBe(true)
  })

  it('lets others repeat only where the author allows it', () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', '']) {
      expect(isRepeatable(method)).toBe(false)
      expect(isRepeatable(method, 'undeclared')).toBe(false)
      expect(isRepeatable(method, 'idempotent')).toBe(true)
      expect(isRepeatable(method, 'pure')).toBe(true)
    }
  })
})

describe('mayGoElsewhere', () => {
  it('takes a refusal elsewhere whatever the call is', () => {
    for (const code of [
      'busy',
      'draining',
      'not-admitted',
      'unknown-function',
      'unsupported',
      'peer-unreachable',
    ] as const) {
      expect([mayGoElsewhere(code, true), mayGoElsewhere(code, false)]).toEqual([true, true])
    }
  })

  it('takes what may have run elsewhere only if it may be repeated', () => {
    for (const code of ['link-lost', 'bad-answer', 'sandbox-crashed'] as const) {
      expect([mayGoElsewhere(code, true), mayGoElsewhere(code, false)]).toEqual([true, false])
    }
  })

  it('never repeats what would end the same way, or what the caller gave up', () => {
    const never = (Object.keys(ERRORS) as ErrorCode[]).filter((code) => ERRORS[code].retry === 'never')
    expect(never).toEqual(expect.arrayContaining(['handler-failed', 'limit-cpu', 'timeout', 'cancelled', 'internal']))
    expect(never.some((code) => mayGoElsewhere(code, true))).toBe(false)
  })
})
