import { expect, test } from 'vitest'
import { places } from '../../src/protocols/body/places.ts'
import { settle } from '../helpers/call-ends.ts'

const NEVER = new AbortController().signal

/** Enters, and says in `log` when it is in. */
function entering(
  hall: ReturnType<typeof places>,
  id: number,
  log: string[],
  name: string,
  signal = NEVER,
): Promise<() => void> {
  const entered = hall.enter(id, signal)
  entered.then(
    () => log.push(name),
    () => log.push(`not ${name}`),
  )
  return entered
}

test('lets so many calls in, with both their bodies, and the next when all of one has left', async () => {
  const hall = places(2)
  const log: string[] = []
  const request = await entering(hall, 1, log, 'request 1')
  await entering(hall, 2, log, 'request 2')
  void entering(hall, 3, log, 'request 3')
  void entering(hall, 3, log, 'answer 3')
  const answer = await entering(hall, 1, log, 'answer 1')
  request()
  await settle()
  expect(log).toEqual(['request 1', 'request 2', 'answer 1'])
  answer()
  await settle()
  expect(log.slice(3)).toEqual(['request 3', 'answer 3'])
})

test('who gives up waiting does not end the wait of the other body, nor takes a place', async () => {
  const hall = places(1)
  const log: string[] = []
  const leave = await entering(hall, 1, log, '1')
  const control = new AbortController()
  void entering(hall, 2, log, 'request 2', control.signal)
  const answer = entering(hall, 2, log, 'answer 2')
  const gone = new AbortController()
  void entering(hall, 3, log, '3', gone.signal)
  void entering(hall, 4, log, '4')
  control.abort()
  gone.abort()
  await settle()
  expect(log).toEqual(['1', 'not request 2', 'not 3'])
  leave()
  await settle()
  expect(log.slice(3)).toEqual(['answer 2'])
  ;(await answer)()
  await settle()
  expect(log.slice(4)).toEqual(['4'])
})

test('a signal that has aborted enters nothing', async () => {
  const hall = places(1)
  const log: string[] = []
  await entering(hall, 1, log, '1', AbortSignal.abort()).catch(() => {})
  await entering(hall, 2, log, '2')
  expect(log).toEqual(['not 1', '2'])
})
