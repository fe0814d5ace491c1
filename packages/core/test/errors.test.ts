import { describe, expect, it } from 'vitest'
import { ERRORS, errorName, fromWire, HitherError, isErrorCode, toHitherError, type ErrorCode } from '../src/index.ts'

const codes = Object.keys(ERRORS) as ErrorCode[]

describe('the catalogue', () => {
  it('has an HTTP error status and a readable name for every code', () => {
    for (const code of codes) {
      const error = new HitherError(code, 'x')
      expect(error.status).toBeGreaterThanOrEqual(400)
      expect(error.status).toBeLessThan(600)
      expect(error.name).toMatch(/^[A-Z][A-Za-z]+$/)
    }
    expect(new Set(codes.map(errorName)).size).toBe(codes.length)
    expect(errorName('no-runner')).toBe('NoRunner')
  })

  it('knows its own codes only', () => {
    expect(codes.every(isErrorCode)).toBe(true)
    for (const code of ['nope', 'toString', '__proto__', '', 7, undefined, null]) expect(isErrorCode(code)).toBe(false)
  })
})

describe('on the wire', () => {
  it('an error keeps its words and facts, and loses its cause', () => {
    const error = new HitherError('busy', 'no slot', {
      why: 'w',
      fix: 'f',
      data: { queued: 3 },
      cause: new Error('secret'),
    })
    expect(error.toWire()).toEqual({ code: 'busy', message: 'no slot', why: 'w', fix: 'f', data: { queued: 3 } })
    const back = fromWire(error.toWire())
    expect(back.toWire()).toEqual(error.toWire())
    expect(back.cause).toBeUndefined()
    expect(new HitherError('busy', 'no slot').toWire()).toEqual({ code: 'busy', message: 'no slot' })
  })

  it('an unknown code is a bad answer, in the words of the peer', () => {
    for (const code of ['from-the-future', 'toString', '']) {
      const error = fromWire({ code, message: 'hello from 2030' })
      expect(error).toMatchObject({ code: 'bad-answer', message: 'hello from 2030', retry: 'repeatable' })
      expect(error.why).toContain(`"${code}"`)
    }
  })
})

describe('toHitherError', () => {
  it('tells deadlines, cancellations and bugs apart', () => {
    const known = new HitherError('busy', 'x')
    expect(toHitherError(known)).toBe(known)
    expect(toHitherError(AbortSignal.abort().reason).code).toBe('cancelled')
    expect(toHitherError(new DOMException('late', 'TimeoutError')).code).toBe('timeout')
    const bug = new TypeError('x is undefined')
    expect(toHitherError(bug)).toMatchObject({ code: 'internal', message: 'x is undefined', cause: bug })
    expect(toHitherError('text')).toMatchObject({ code: 'internal', message: 'text' })
    expect(toHitherError(undefined).code).toBe('internal')
  })
})
