import { expect, test } from 'vitest'
import { ends, part } from '../../bench/measure/at-end.ts'

/** All that was started is ended once, whoever asks for it and however often. */

test('what came last goes first, also beside one that fails', async () => {
  const { atEnd, end } = ends()
  const ended: string[] = []
  atEnd(() => void ended.push('first'))
  atEnd(() => Promise.reject(new Error('it stays')))
  atEnd(() => void ended.push('last'))
  await expect(end()).rejects.toThrow('it stays')
  expect(ended).toEqual(['last', 'first'])
})

test('what never ends keeps nobody: it counts as failed, and the next begins', async () => {
  const { atEnd, end } = ends(5)
  let next = false
  atEnd(() => void (next = true))
  atEnd(() => new Promise(() => undefined))
  await expect(end()).rejects.toThrow('did not end within 5 ms')
  expect(next).toBe(true)
})

test('who asks while it is under way waits for the same, and so does the whole for its part', async () => {
  const whole = ends()
  const slow = Promise.withResolvers<void>()
  let over = false
  const running = part(whole.atEnd, async (atEnd) => {
    atEnd(async () => {
      await slow.promise
      over = true
    })
  })
  const interrupted = whole.end().then(() => over)
  slow.resolve()
  await running
  expect(await interrupted).toBe(true)
})

test('what is started while all is being ended is ended, too', async () => {
  const { atEnd, end } = ends()
  let late = false
  atEnd(() => atEnd(() => void (late = true)))
  await end()
  expect(late).toBe(true)
})
