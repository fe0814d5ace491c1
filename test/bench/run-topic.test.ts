import { expect, test } from 'vitest'
import { ends } from '../../bench/measure/at-end.ts'
import { runTopic } from '../../bench/run-topic.ts'
import type { Bench, Findings } from '../../bench/topics/topic.ts'

/** A topic that breaks, or leaves something, is told as such and takes no other with it. */

const options = { quick: true, only: undefined, rounds: 5, out: undefined, whole: false }
const found: Findings = { figures: [{ id: 'warm-rss', value: 7 }], measures: [] }

function run(topic: (bench: Bench) => Promise<Findings>, signal = new AbortController().signal): Promise<Findings> {
  const { atEnd } = ends()
  return runTopic('one', async () => ({ topic: { run: topic } }), options, { atEnd, signal })
}

test('one that breaks has ended what it started, and says why it was not measured', async () => {
  let ended = false
  const broken = await run(async ({ atEnd }) => {
    atEnd(() => void (ended = true))
    throw new Error('it broke')
  })
  expect(broken).toEqual({ figures: [], measures: [], why: 'it broke' })
  expect(ended).toBe(true)
})

test('what cannot be ended is told beside what was found', async () => {
  const stays = async ({ atEnd }: Bench): Promise<Findings> => {
    atEnd(() => Promise.reject(new Error('it stays')))
    return { ...found, why: 'some of it is missing' }
  }
  expect(await run(stays)).toEqual({ ...found, why: 'some of it is missing; it stays' })
})

test('where all is being ended, a topic that breaks by that is not taken for measured', async () => {
  const over = new AbortController()
  const interrupted = run(async () => {
    over.abort(new Error('interrupted'))
    throw new Error('its process has ended')
  }, over.signal)
  await expect(interrupted).rejects.toThrow('interrupted')
})
