import { describe, expect, test } from 'vitest'
import { Asks } from '../../src/child/guest-asks.ts'
import { ServiceError, type Answer, type Ask } from '../../src/child/services/service.ts'
import { ASK_TEXT_MAX_CHARS, ASKS_MAX, ASKS_MAX_BYTES } from '../../src/guest/wall/limits.ts'

/** A service whose answers the test gives, by the order of the asks. */
function slow(): {
  asked: Ask[]
  answers: PromiseWithResolvers<Answer>[]
  asks: Asks
  replies: unknown[]
  closed: () => boolean
} {
  const asked: Ask[] = []
  const answers: PromiseWithResolvers<Answer>[] = []
  const replies: unknown[] = []
  let closed = false
  const answer = (ask: Ask): Promise<Answer> => {
    asked.push(ask)
    const given = Promise.withResolvers<Answer>()
    answers.push(given)
    return given.promise
  }
  const asks = new Asks({ slow: { answer, close: () => void (closed = true) } })
  asks.onReply = (...reply) => replies.push(reply)
  asks.open(1)
  return { asked, answers, asks, replies, closed: () => closed }
}

/** After whatever promises have settled by now. */
const settled = (): Promise<void> => new Promise((go) => setImmediate(go))

describe('an answer that must be waited for', () => {
  test('comes under the number of its ask, on account of its call', async () => {
    const { asks, answers, replies } = slow()
    expect(asks.ask(7, 1, 'slow', 'what', [])).toBeUndefined()
    expect(asks.awaits(1)).toBe(true)
    answers[0]?.resolve('this')
    await settled()
    expect(replies).toEqual([[1, 7, '=this']])
    expect(asks.awaits(1)).toBe(false)
  })

  test('is given up with its call', async () => {
    const { asks, asked, answers, replies } = slow()
    asks.ask(1, 1, 'slow', '', [])
    asks.end(1)
    expect(asked[0]?.signal.aborted).toBe(true)
    answers[0]?.resolve('late')
    await settled()
    expect(replies).toEqual([])
  })

  test('is given up with the isolate, and so is what its services hold', () => {
    const { asks, asked, closed } = slow()
    asks.ask(1, 1, 'slow', '', [])
    asks.close()
    expect(asked[0]?.signal.aborted).toBe(true)
    expect(closed()).toBe(true)
  })

  test('is nothing for a call that is over, or while the module loads', () => {
    const { asks, asked } = slow()
    expect(asks.ask(1, 2, 'slow', '', [])).toMatch(/^!InvalidStateError\n/)
    expect(asked[0]?.signal.aborted).toBe(true)
  })
})

describe('what goes wrong', () => {
  const failing = (error: unknown): unknown => {
    const answer = (): never => {
      throw error
    }
    return new Asks({ bad: { answer, close: () => undefined } }).ask(1, 1, 'bad', '', [])
  }

  test('is told as the service names it', () => {
    expect(failing(new ServiceError('DataError', 'no key'))).toBe('!DataError\nno key')
  })

  test('is not told where it is an error of the process', () => {
    expect(failing(new Error('/home/someone/file'))).toBe('!OperationError\nthe operation failed')
  })

  test('is not told either where it comes late', async () => {
    const { asks, answers, replies } = slow()
    asks.ask(1, 1, 'slow', '', [])
    answers[0]?.reject(new Error('/home/someone/file'))
    await settled()
    expect(replies).toEqual([[1, 1, '!OperationError\nthe operation failed']])
  })
})

describe('user code that got hold of the way out', () => {
  test('reaches services only', () => {
    const { asks } = slow()
    expect(asks.ask(1, 1, 'constructor', '', [])).toMatch(/^!NotSupportedError\n/)
    expect(asks.ask(1, 1, { toString: 'slow' }, '', [])).toMatch(/^!NotSupportedError\n/)
  })

  test('passes nothing but text and buffers', () => {
    const { asks, asked } = slow()
    expect(asks.ask(1, 1, 'slow', {}, [])).toMatch(/^!TypeError\n/)
    expect(asks.ask(1, 1, 'slow', '', [{ byteLength: 1 }])).toMatch(/^!TypeError\n/)
    expect(asks.ask(1, 1, 'slow', 'x'.repeat(ASK_TEXT_MAX_CHARS + 1), [])).toMatch(/^!TypeError\n/)
    expect(asks.ask({}, 1, 'slow', '', [])).toMatch(/^!TypeError\n/)
    expect(asked).toEqual([])
  })

  test('has so many in flight', async () => {
    const { asks, answers } = slow()
    for (let i = 0; i < ASKS_MAX; i++) expect(asks.ask(i, 1, 'slow', '', [])).toBeUndefined()
    expect(asks.ask(-1, 1, 'slow', '', [])).toMatch(/^!QuotaExceededError\n/)
    answers[0]?.resolve('')
    await settled()
    expect(asks.ask(-1, 1, 'slow', '', [])).toBeUndefined()
  })

  test('has so many bytes in flight, also after a call has ended', async () => {
    const { asks, answers } = slow()
    expect(asks.ask(1, 1, 'slow', '', [new ArrayBuffer(ASKS_MAX_BYTES)])).toBeUndefined()
    asks.end(1)
    asks.open(2)
    expect(asks.ask(2, 2, 'slow', '', [new ArrayBuffer(1)])).toMatch(/^!QuotaExceededError\n/)
    answers[0]?.resolve('')
    await settled()
    expect(asks.ask(3, 2, 'slow', '', [new ArrayBuffer(1)])).toBeUndefined()
  })
})
