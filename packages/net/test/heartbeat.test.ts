import { expect, test } from 'vitest'
import { heartbeat, type Heartbeat } from '../src/heartbeat.ts'
import { IDLE_BEAT_MS } from '../src/limits/heartbeat.ts'
import type { Timers } from '../src/timers.ts'
import { manualTime, type ManualTime } from './helpers/manual-timers.ts'

interface Beating {
  time: ManualTime
  beat: Heartbeat
  /** When each ping left, since the start. */
  pings: number[]
  dead: number[]
  /** What was said of each death. */
  silent: boolean[]
  calls: { inFlight: number }
}

/** `answers`: after how many ms the other side answers; undefined: never. */
function beating(answers: { ms: number } | undefined): Beating {
  const time = manualTime()
  const start = time.now()
  const pings: number[] = []
  const dead: number[] = []
  const silent: boolean[] = []
  const calls = { inFlight: 0 }
  const reply = answers
  const beat = heartbeat({
    timers: time.timers,
    now: time.now,
    inFlight: () => calls.inFlight,
    ping(id) {
      pings.push(time.now() - start)
      if (reply === undefined) return
      time.timers.after(reply.ms, () => {
        beat.heard()
        beat.pong(id)
      })
    },
    dead(_why, wasSilent) {
      dead.push(time.now() - start)
      silent.push(wasSilent)
    },
  })
  beat.start()
  return { time, beat, pings, dead, silent, calls }
}

test('pings three times at once, each when the one before is answered, three times in the next seconds, then slowly while nothing happens', () => {
  const { time, pings, dead } = beating({ ms: 5 })
  time.advance(50_000)
  expect(pings).toEqual([0, 5, 10, 1_010, 3_010, 7_010, 24_000, 41_000])
  expect(dead).toEqual([])
})

test('the opening pings wait for their answers, and end with the link', () => {
  const { time, beat, pings } = beating({ ms: 700 })
  time.advance(1_300)
  expect(pings).toEqual([0, 700])
  beat.stop()
  time.advance(50_000)
  expect(pings).toEqual([0, 700])
})

test('pings every second in use while it hears nothing else, and three seconds longer', () => {
  const { time, beat, pings, calls } = beating({ ms: 5 })
  time.advance(10_500)
  beat.used('us')
  calls.inFlight = 1
  time.advance(2_600)
  calls.inFlight = 0
  beat.used('us')
  time.advance(20_000)
  const seconds = pings.filter((at) => at > 8_000 && at < 17_000)
  expect(seconds).toEqual([10_500, 11_505, 12_510, 13_515, 14_520, 15_525])
  expect(pings.filter((at) => at > 17_000)).toEqual([32_000])
})

test('while other things come it pings only to measure, and seldom where only the other side calls', () => {
  for (const [by, count] of [
    ['us', 4],
    ['them', 2],
  ] as const) {
    const { time, beat, pings, dead, calls } = beating({ ms: 5 })
    time.advance(3_500)
    calls.inFlight = 1
    beat.used(by)
    for (let passed = 0; passed < 18_000; passed += 300) {
      time.advance(300)
      beat.heard()
      beat.used(by)
    }
    expect(pings.filter((at) => at >= 3_500)).toHaveLength(count)
    expect(dead).toEqual([])
  }
})

test('idle links of one process wake it together, and no more than once for each ping', () => {
  const time = manualTime()
  const wakes: number[] = []
  const timers: Timers = {
    after: (ms, run) =>
      time.timers.after(ms, () => {
        wakes.push(time.now())
        run()
      }),
  }
  const pings: number[] = []
  const startLink = (): void => {
    const beat = heartbeat({
      timers,
      now: time.now,
      inFlight: () => 0,
      ping(id) {
        pings.push(time.now())
        time.timers.after(2, () => {
          beat.heard()
          beat.pong(id)
        })
        // Its turn comes before ours.
        time.timers.after(IDLE_BEAT_MS, () => {
          beat.heard()
          beat.pinged()
        })
      },
      dead: () => expect.fail('it lives'),
    })
    beat.start()
  }
  for (let link = 0; link < 10; link++) time.timers.after(link * 70, startLink)
  time.advance(20_000)
  wakes.length = 0
  pings.length = 0
  time.advance(120_000)
  expect(wakes).toHaveLength(pings.length)
  expect(new Set(pings).size).toBeLessThanOrEqual(pings.length / 5)
})

test('two idle ends take turns, and a beat passes between them as often as before', () => {
  const time = manualTime()
  const beats: [string, number][] = []
  const ends: Record<'a' | 'b', Heartbeat> = { a: end('a', 'b', 0), b: end('b', 'a', 400) }
  function end(self: 'a' | 'b', other: 'a' | 'b', afterMs: number): Heartbeat {
    const made = heartbeat({
      timers: time.timers,
      now: time.now,
      inFlight: () => 0,
      ping(id) {
        if (time.now() > 10_000) beats.push([self, time.now()])
        time.timers.after(2, () => {
          ends[other].heard()
          ends[other].pinged()
        })
        time.timers.after(4, () => {
          made.heard()
          made.pong(id)
        })
      },
      dead: () => expect.fail('both live'),
    })
    time.timers.after(afterMs, () => made.start())
    return made
  }
  time.advance(90_000)
  expect(new Set(beats.map(([who], i) => who + String(i % 2))).size).toBe(2)
  const gaps = beats.slice(1).map(([, at], i) => at - (beats[i]?.[1] ?? 0))
  expect(beats.length).toBeGreaterThanOrEqual(5)
  expect(Math.max(...gaps)).toBeLessThanOrEqual(15_100)
})

test('a link in use that falls silent is dead within three seconds', () => {
  const { time, beat, dead, calls } = beating(undefined)
  calls.inFlight = 1
  beat.used('us')
  time.advance(600)
  beat.heard()
  time.advance(600)
  beat.heard()
  time.advance(2_400)
  expect(dead).toEqual([])
  time.advance(200)
  expect(dead).toEqual([3_700])
  time.advance(100_000)
  expect(dead).toHaveLength(1)
  expect(time.pending()).toBe(0)
})

test('the silence before a call counts for nothing', () => {
  const { time, beat, dead, calls } = beating(undefined)
  time.advance(14_000)
  calls.inFlight = 1
  beat.used('us')
  time.advance(2_400)
  expect(dead).toEqual([])
  time.advance(100)
  expect(dead).toEqual([16_500])
})

test('a ping of a peer that has not heard of the call is no answer to it', () => {
  const { time, beat, dead, calls } = beating(undefined)
  time.advance(14_000)
  calls.inFlight = 1
  beat.used('us')
  time.advance(2_000)
  beat.heard()
  time.advance(500)
  expect(dead).toEqual([16_500])
})

test('an idle link dies later', () => {
  const { time, dead, silent } = beating(undefined)
  time.advance(60_000)
  expect(dead).toEqual([22_500])
  expect(silent).toEqual([true])
})

test('a link that answers slowly but answers lives', () => {
  const { time, dead, calls, beat } = beating({ ms: 2_000 })
  calls.inFlight = 1
  beat.used('us')
  time.advance(30_000)
  expect(dead).toEqual([])
})

test('after our own sleep the other side gets its time again', () => {
  const { time, dead, calls, beat } = beating(undefined)
  calls.inFlight = 1
  beat.used('us')
  time.sleep(60_000)
  expect(dead).toEqual([])
  time.advance(2_500)
  expect(dead).toHaveLength(1)
})

test('who sends but answers no ping is dead after a while', () => {
  const { time, silent, calls, beat } = beating(undefined)
  calls.inFlight = 1
  beat.used('us')
  for (let passed = 0; passed < 170_000; passed += 500) {
    time.advance(500)
    beat.heard()
  }
  expect(silent).toEqual([false])
})

test('measures the round trip, and refuses answers to nothing', () => {
  const time = manualTime()
  const ids: number[] = []
  const beat = heartbeat({
    timers: time.timers,
    now: time.now,
    inFlight: () => 1,
    ping: (id) => ids.push(id),
    dead: () => {},
  })
  beat.start()
  time.advance(1_000)
  time.advance(40)
  expect(beat.pong(ids[1] ?? 0)).toBe(40)
  expect(() => beat.pong(ids[0] ?? 0)).toThrow(/broke the call protocol/)
  expect(() => beat.pong(99)).toThrow(/broke the call protocol/)
  beat.stop()
  expect(time.pending()).toBe(0)
})

test('a round trip that surprises is measured again before it counts, and of three the least does', () => {
  const time = manualTime()
  const ids: number[] = []
  const beat = heartbeat({
    timers: time.timers,
    now: time.now,
    inFlight: () => 0,
    ping: (id) => ids.push(id),
    dead: () => {},
  })
  /** What is believed where the last ping is answered after so long, and whether another one left. */
  const answeredAfter = (ms: number): [believed: number | undefined, asked: boolean] => {
    time.advance(ms)
    const asked = ids.length
    const believed = beat.pong(ids.at(-1) ?? 0)
    return [believed, ids.length > asked]
  }
  beat.start()
  time.advance(0)
  expect([answeredAfter(9), answeredAfter(2), answeredAfter(3)]).toEqual([
    [9, true],
    [2, true],
    [3, false],
  ])
  beat.ask()
  expect(answeredAfter(10)).toEqual([10, false])
  beat.ask()
  expect([answeredAfter(60), answeredAfter(10)], 'one that was late').toEqual([
    [undefined, true],
    [10, false],
  ])
  beat.ask()
  expect([answeredAfter(90), answeredAfter(80), answeredAfter(85)], 'a line that became longer').toEqual([
    [undefined, true],
    [undefined, true],
    [80, false],
  ])
  beat.stop()
})

test('fifty idle links wake their peer less than four times a second, for one ping each seventeen seconds where the others never ping', () => {
  const time = manualTime()
  let pings = 0
  let wakes = 0
  const timers: ManualTime['timers'] = {
    after: (ms, run, hold) =>
      time.timers.after(
        ms,
        () => {
          wakes++
          run()
        },
        hold,
      ),
  }
  for (let link = 0; link < 50; link++) {
    const beat = heartbeat({
      timers,
      now: time.now,
      inFlight: () => 0,
      ping(id) {
        pings++
        // An answer is a message, and no timer of ours.
        time.timers.after(1, () => {
          beat.heard()
          beat.pong(id)
        })
      },
      dead: () => {},
    })
    beat.start()
  }
  time.advance(10_000)
  pings = 0
  wakes = 0
  time.advance(60_000)
  expect(pings).toBe(50 * 3)
  expect(wakes).toBeLessThanOrEqual(50 * 4)
})
