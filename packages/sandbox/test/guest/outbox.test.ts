import { expect, test } from 'vitest'
import { Asks } from '../../src/child/guest-asks.ts'
import { Outbox, type Flows } from '../../src/child/guest-outbox.ts'

/** An outbox that knows one call, as user code would use it that got hold of the runtime. */
function opened(): { outbox: Outbox; next: () => ReturnType<Outbox['next']>[] } {
  const outbox = new Outbox(new Asks({}))
  const flows: Flows = { maxBytes: 100, told: 0, in: undefined, out: undefined }
  outbox.flowsOf = (id) => (id === 1 ? flows : undefined)
  const next = (): ReturnType<Outbox['next']>[] => {
    const messages = []
    for (let one = outbox.next(); one !== undefined; one = outbox.next()) messages.push(one)
    return messages
  }
  return { outbox, next }
}

test('what is said of a call is kept as often as a call has something to say', () => {
  const { outbox, next } = opened()
  for (let i = 0; i < 1000; i++) {
    outbox.port.answer(1, true, 200, '', 'x'.repeat(1000))
    outbox.port.over(1)
    outbox.port.fail(1, false, 'threw', '', '', '')
    outbox.port.finish(1, false)
  }
  expect(next().map((message) => message?.type)).toEqual(['answer', 'over'])
})

test.each([[{ valueOf: 1, toString: 1 }], [Symbol('id')], [1n], ['1'], [undefined], [[1]]])(
  'an id that is no number is nobody’s: %s',
  (id) => {
    const { outbox, next } = opened()
    const { answer, begin, piece, finish, take, leave, fail, over, arm } = outbox.port
    for (const exit of [answer, begin, finish, leave, fail, over]) expect(exit(id, id, id, id, id, id)).toBe(undefined)
    expect(piece(id, id)).toBe('over')
    expect(take(id)).toMatch(/is over/)
    arm(1, id)
    expect(outbox.armed).toEqual({ ms: 1, owner: Number.NaN })
    expect(next()).toEqual([])
  },
)

test('texts of errors are cut where they come out', () => {
  const { outbox, next } = opened()
  const vast = 'x'.repeat(1_000_000)
  outbox.port.fail(1, false, 'threw', vast, vast, vast)
  expect(JSON.stringify(next()).length).toBeLessThan(20_000)
})
