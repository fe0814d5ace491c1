import { decodeScheduled, HitherError, SCHEDULED_HEADER, type CID, type Manifest } from '@hither/core'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import type { CallParams, PeerApi } from '../src/api.ts'
import { crons, type CronsComponents } from '../src/crons.ts'

const MINUTE = 60_000

interface Clock {
  /** The minutes that were called for, each as `name cron time`. */
  called: string[]
  lines: string[]
  /** Puts the clock to this time and lets what waits for it run. */
  to: (ms: number) => Promise<void>
  /** What waits has waited long enough, whatever the clock says. */
  ring: () => void
  stop: () => void
}

/** Names of one publisher by the crons that they want, and one of somebody else. */
function clock(own: Record<string, string[]>, startMs: number, fail = false): Clock {
  let now = startMs
  let waiting: { at: number; run: () => void } | undefined
  const called: string[] = []
  const lines: string[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) })
  const record = (publisher: string, name: string): object => ({ publisher, name, cid: name })
  const all = [...Object.keys(own).map((name) => record('me', name)), record('them', 'theirs')]
  const call = async ({ target, headers = [] }: CallParams): ReturnType<PeerApi['call']> => {
    const [header, value = ''] = headers[0] ?? []
    const event = decodeScheduled(value)
    called.push(`${target} ${event?.cron} ${header === SCHEDULED_HEADER && (event?.scheduledTime ?? 0) / MINUTE}`)
    if (fail) throw new HitherError('no-runner', 'nobody')
    return { status: 200, body: new Uint8Array(0), ended: Promise.resolve() } as unknown as ReturnType<PeerApi['call']>
  }
  const on = {
    log,
    call,
    signer: { publisher: 'me' },
    wallClock: () => now,
    names: {
      refresh: async () => {},
      list: (publisher?: string) => all.filter((one) => Reflect.get(one, 'publisher') === publisher),
    },
    functions: {
      async local(cid: CID) {
        if (String(cid) === 'newer') throw new HitherError('bad-manifest', 'it is of a newer hither')
        return { crons: own[String(cid)] ?? ['* * * * *'] } as Manifest
      },
    },
    timers: {
      after(ms: number, run: () => void) {
        const mine = { at: now + ms, run }
        waiting = mine
        return () => {
          if (waiting === mine) waiting = undefined
        }
      },
    },
  } as unknown as CronsComponents
  const stop = crons(on)
  /** What waits for this time or an earlier one. */
  const due = (ms: number): (() => void) | undefined => {
    if (waiting === undefined || waiting.at > ms) return undefined
    const { run } = waiting
    waiting = undefined
    return run
  }
  return {
    called,
    lines,
    stop,
    ring: () => due(Infinity)?.(),
    async to(ms) {
      now = ms
      for (let run = due(ms); run !== undefined; run = due(ms)) run()
      await new Promise((go) => setImmediate(go))
    },
  }
}

test('own names are called at their times, once for each, and never those of others', async () => {
  const on = clock({ every: ['* * * * *'], third: ['*/3 * * * *', '4 * * * *'], never: [] }, 0)
  await on.to(MINUTE - 1)
  expect(on.called).toEqual([])
  for (const minute of [1, 1.5, 2, 3, 4]) await on.to(minute * MINUTE)
  expect(on.called.toSorted()).toEqual(
    [
      'every * * * * * 1',
      'every * * * * * 2',
      'every * * * * * 3',
      'every * * * * * 4',
      'third */3 * * * * 3',
      'third 4 * * * * 4',
    ].toSorted(),
  )
})

test('the minute in which it starts may have been called before, and is not', async () => {
  const on = clock({ every: ['* * * * *'] }, 5 * MINUTE + 10)
  await on.to(5 * MINUTE + 59_999)
  expect(on.called).toEqual([])
  await on.to(6 * MINUTE)
  expect(on.called).toEqual(['every * * * * * 6'])
})

test('a function that cannot be read is told by its name, and keeps no other from being called', async () => {
  const on = clock({ first: ['* * * * *'], newer: ['* * * * *'], second: ['* * * * *'] }, 0)
  await on.to(MINUTE)
  expect(on.called).toEqual(['first * * * * * 1', 'second * * * * * 1'])
  expect(on.lines.filter((line) => /"name":"newer".*could not be read/.test(line))).toHaveLength(1)
})

test('what was slept through is told and not made up for; a clock that is put back calls nothing twice', async () => {
  const on = clock({ every: ['* * * * *'] }, 0)
  await on.to(MINUTE)
  await on.to(10 * MINUTE)
  expect(on.called).toEqual(['every * * * * * 1', 'every * * * * * 10'])
  expect(on.lines.join('')).toMatch(/"minutes":8.*missed/)
  await on.to(8 * MINUTE)
  await on.to(10 * MINUTE + 1)
  expect(on.called).toHaveLength(2)
  await on.to(11 * MINUTE)
  expect(on.called).toHaveLength(3)
})

test('a clock that is put back by far is followed, and that is told', async () => {
  const on = clock({ every: ['* * * * *'] }, 120 * MINUTE)
  await on.to(121 * MINUTE)
  await on.to(2 * MINUTE)
  on.ring()
  expect(on.lines.join('')).toMatch(/"minutes":119.*put back/)
  expect(on.called).toEqual(['every * * * * * 121'])
  await on.to(3 * MINUTE)
  expect(on.called).toEqual(['every * * * * * 121', 'every * * * * * 3'])
})

test('one that fails is told, and the next comes all the same; after the end nothing is called', async () => {
  const on = clock({ every: ['* * * * *'] }, 0, true)
  await on.to(MINUTE)
  await on.to(2 * MINUTE)
  expect(on.called).toHaveLength(2)
  expect(on.lines.filter((line) => line.includes('a cron failed'))).toHaveLength(2)
  on.stop()
  await on.to(3 * MINUTE)
  expect(on.called).toHaveLength(2)
})
