import { expect, test } from 'vitest'
import { faultsOf } from '../../bench/soak/faults.ts'
import { OF_A_RUSH, tallies } from '../../bench/soak/tally.ts'
import type { Watched } from '../../bench/soak/watch.ts'
import { told as words } from '../../bench/soak/words.ts'

/** A soak passes only where nothing that lives grows and every error has its reason. */

const lost = Object.assign(new Error('gone'), { code: 'link-lost' })
const full = Object.assign(new Error('full'), { code: 'busy' })
const none = tallies(() => 0).tally
const quiet = { seen: [], filling: none, tally: none, unanswered: 0 }

function process(changes: Partial<Watched>): Watched {
  const descriptors = { first: 20, last: 20, grow: false }
  return {
    name: 'runner',
    pid: 7,
    alive: true,
    died: false,
    rssMb: 90,
    slope: undefined,
    grows: false,
    descriptors,
    ...changes,
  }
}

test('what lives and grows is a fault, in memory and in descriptors', () => {
  const grow = { first: 20, last: 90, grow: true }
  const of = (changes: Partial<Watched>) => faultsOf({ ...quiet, seen: [process(changes)] })
  expect(of({})).toEqual([])
  expect(of({ grows: undefined })).toEqual([])
  expect(of({ grows: true })).toEqual(['runner (7) grows'])
  expect(of({ descriptors: grow })).toEqual(['runner (7) keeps ever more descriptors'])
  expect(of({ alive: false, grows: true, descriptors: grow })).toEqual([])
})

test('a process that was to live, and a call without an end, are faults', () => {
  expect(faultsOf({ ...quiet, seen: [process({ alive: false, died: true })] })).toEqual([
    'runner (7) has ended, and nobody killed it',
  ])
  expect(faultsOf({ ...quiet, unanswered: 2 })).toEqual(['2 calls were never answered'])
})

test('of a soak that was too short to say it is not said that nothing grows', () => {
  const last = (grows: boolean | undefined) =>
    words({ ...quiet, minutes: 1, seen: [process({ grows })] }, [])
      .split('\n')
      .at(-1)
  expect(last(undefined)).toBe('nothing fails; too short to say whether anything grows')
  expect(last(false)).toBe('nothing fails; nothing grows')
})

test('a lost link is explained by a kill, until a moment after the runner is back', () => {
  let now = 0
  const told = tallies(() => now)
  const failing = (): number => {
    told.failed('GET', lost)
    return Object.values(told.tally.unexplained).reduce((all, one) => all + one, 0)
  }
  expect(failing()).toBe(1)
  told.disturbed()
  expect(failing()).toBe(1)
  told.calm()
  now = 4_999
  expect(failing()).toBe(1)
  now = 5_000
  expect(failing()).toBe(2)
})

test('a kill explains no wrong answer', () => {
  const told = tallies(() => 0)
  told.disturbed()
  told.failed('GET', new Error('200: something else'))
  expect(faultsOf({ ...quiet, tally: told.tally })).toEqual(['GET: none: 200: something else'])
})

test('the rush explains refusals of those who are full, and nothing else', () => {
  const filling = tallies(() => 0, OF_A_RUSH)
  filling.failed('GET', full)
  expect(faultsOf({ ...quiet, filling: filling.tally })).toEqual([])
  filling.failed('GET', lost)
  expect(faultsOf({ ...quiet, filling: filling.tally })).toEqual(['GET: link-lost: gone'])
})
