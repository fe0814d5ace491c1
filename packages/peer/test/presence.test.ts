import type { Observation } from '@hither/core'
import { expect, test } from 'vitest'
import { presence } from '../src/call/presence.ts'
import type { Timers } from '../src/timers.ts'
import { answers, network, type Act } from './caller.ts'

/** Time that passes as it does in a process that is there, or is not. */
function byHand(): { now: () => number; timers: Timers; there: (ms: number) => void; away: (ms: number) => void } {
  let time = 0
  const due = new Set<{ at: number; run: () => void }>()
  const ring = (until: number): void => {
    for (;;) {
      const [next] = [...due].toSorted((a, b) => a.at - b.at)
      if (next === undefined || next.at > until) return
      due.delete(next)
      time = Math.max(time, next.at)
      next.run()
    }
  }
  return {
    now: () => time,
    timers: {
      after(ms, run) {
        const one = { at: time + ms, run }
        due.add(one)
        return () => due.delete(one)
      },
    },
    there(ms) {
      const until = time + ms
      ring(until)
      time = until
    },
    away(ms) {
      time += ms
    },
  }
}

/** What the router is told of a call whose runner acts like this. */
async function toldOf(act: (time: ReturnType<typeof byHand>) => Act): Promise<Observation[]> {
  const time = byHand()
  const { ask, on, seen } = await network({ near: act(time) }, {}, 0, time)
  on.presence = presence(time.timers, time.now)
  await ask({ hedge: false }).catch(() => undefined)
  return seen.filter(({ type }) => type !== 'sent')
}

const late =
  (spend: (ms: number) => void): Act =>
  (header, body) => {
    spend(5000)
    return answers('near')(header, body)
  }

test('an answer that is late is late, where this process was there to hear it', async () => {
  expect(await toldOf(({ there }) => late(there))).toMatchObject([{ type: 'answered', ms: 5000 }, { type: 'rtt' }])
})

test('one that it was not there to hear says nothing of how late it came, nor how far its runner is', async () => {
  const told = await toldOf(({ away }) => late(away))
  expect(told).toMatchObject([{ type: 'answered' }])
  expect(told[0]).not.toHaveProperty('ms')
})

test('nor does one that is heard only after it looked again', async () => {
  const told = await toldOf(({ away, there }) =>
    late((ms) => {
      away(ms)
      there(50)
    }),
  )
  expect(told).toMatchObject([{ type: 'answered' }])
  expect(told[0]).not.toHaveProperty('ms')
})

test('an absence before the call is none of its own', async () => {
  const time = byHand()
  const here = presence(time.timers, time.now)
  here.begin()
  time.away(5000)
  time.there(50)
  here.end()
  time.there(1)
  const sentAt = time.now()
  here.begin()
  time.there(5000)
  expect([here.wasAway(0), here.wasAway(sentAt)]).toEqual([true, false])
})

test('what nobody waits for is not looked after', () => {
  const time = byHand()
  let looks = 0
  const counted: Timers = {
    after(ms, run) {
      looks += 1
      return time.timers.after(ms, run)
    },
  }
  const here = presence(counted, time.now)
  here.begin()
  time.there(1000)
  here.end()
  time.there(1000)
  const after = looks
  time.there(60_000)
  expect([after, looks]).toEqual([11, 11])
})

test('how late this machine itself was is its own line’s affair: a burst that waits there does not turn later calls away', async () => {
  const time = byHand()
  const { ask, on, seen } = await network({ self: late(time.there) }, {}, 0, time)
  on.presence = presence(time.timers, time.now)
  await ask()
  expect(seen.find(({ type }) => type === 'answered')).not.toHaveProperty('ms')
})
