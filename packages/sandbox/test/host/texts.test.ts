import { HitherError, type Job } from '@hither/core'
import { expect, test } from 'vitest'
import { TEXTS_MAX } from '../../src/host/limits.ts'
import { Texts } from '../../src/host/texts.ts'
import type { Ticket } from '../../src/host/ticket.ts'

function ticketOf(cordon: string, key: string, code: Job['code']): Ticket {
  return { cordon, key, settled: false, job: { code }, outcome: { whenOver: () => {} } } as unknown as Ticket
}

function texts(): Texts {
  return new Texts({ onFailed: (_, error) => expect.unreachable(error.message), onChange: () => {} })
}

test('a publisher that asks for bundle after bundle leaves places for others', () => {
  const all = texts()
  const asked: string[] = []
  const fetch = (cordon: string, key: string): boolean =>
    all.fetch(ticketOf(cordon, key, () => new Promise(() => asked.push(cordon))))
  for (let i = 0; i < 3 * TEXTS_MAX; i++) fetch('flood', `flood-${i}`)
  for (const one of ['a', 'b']) for (let i = 0; i < TEXTS_MAX; i++) fetch(one, `${one}-${i}`)
  expect(new Set(asked)).toEqual(new Set(['flood', 'a', 'b']))
  expect(asked.length).toBeLessThanOrEqual(TEXTS_MAX)
})

test('and pushes out none of theirs that wait for a process', async () => {
  const all = texts()
  const fetched = async (cordon: string, key: string): Promise<Ticket> => {
    const ticket = ticketOf(cordon, key, async () => key)
    all.fetch(ticket)
    // Each is over before the next begins.
    await new Promise((resolve) => setImmediate(resolve))
    return ticket
  }
  const quiet = await fetched('quiet', 'q')
  const flood: Ticket[] = []
  for (let i = 0; i < 2 * TEXTS_MAX; i++) flood.push(await fetched('flood', `f-${i}`))
  expect(quiet.text).toBe('q')
  const kept = flood.filter(({ text }) => text !== undefined)
  expect(kept).toEqual(flood.slice(1 - TEXTS_MAX))
})

test('no text is asked for a call that is over', () => {
  const ticket = ticketOf('a', 'key', () => expect.unreachable('it was asked for'))
  expect(texts().fetch(Object.assign(ticket, { over: true }))).toBe(false)
})

test('a text at hand is there at once, and what fails at once fails no sooner than what fails later', async () => {
  const failed: string[] = []
  const all = new Texts({ onFailed: (_, { code }) => failed.push(code), onChange: () => {} })
  const here = ticketOf('a', 'here', () => 'text')
  expect(all.fetch(here)).toBe(true)
  expect(here.text).toBe('text')
  const broken = ticketOf('a', 'broken', () => {
    throw new HitherError('bad-block', 'it is no text')
  })
  expect(all.fetch(broken)).toBe(false)
  expect(failed).toEqual([])
  await new Promise((resolve) => setImmediate(resolve))
  expect(failed).toEqual(['bad-block'])
})
