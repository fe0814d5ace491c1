import { expect, test } from 'vitest'
import { thrift } from '../src/thrift.ts'

/** What it cannot do without, in MB. */
const LIVE_MB = 20

function watchedProcess(): {
  /** Looks so often, the last time with all of this. */
  look(seen: { cpuMs?: number; calls?: number; spareMb?: number; times?: number }): void
  collected: () => number
  grows: () => boolean
  stop: () => void
} {
  let cpuMs = 1000
  let calls = 5
  let heapMb = LIVE_MB + 10
  let collected = 0
  let grows = true
  let run: (() => void) | undefined
  const stop = thrift(() => calls, {
    every(_, look) {
      run = look
      return () => (run = undefined)
    },
    cpuMs: () => cpuMs,
    heapBytes: () => heapMb * 1024 * 1024,
    grow: (may) => (grows = may),
    collect() {
      collected += 1
      heapMb = LIVE_MB
    },
  })
  return {
    look({ cpuMs: usedMs = 5, calls: more = 0, spareMb = 0, times = 1 }) {
      heapMb = LIVE_MB + spareMb
      for (let time = 0; time < times; time++) {
        cpuMs += usedMs
        calls += more
        run?.()
      }
    },
    collected: () => collected,
    grows: () => grows,
    stop,
  }
}

/** More looks than after which it is quiet. */
const LONG = 20

test('what a start left is given back at once', () => {
  expect(watchedProcess().collected()).toBe(1)
})

test('a quiet process gives back what its busy times took, once', () => {
  const one = watchedProcess()
  one.look({ cpuMs: 1500, spareMb: 32, times: LONG })
  expect(one.collected()).toBe(1)
  one.look({ spareMb: 32, times: LONG })
  expect(one.collected()).toBe(2)
})

test('a pause between bursts is no quiet time', () => {
  const one = watchedProcess()
  for (let burst = 0; burst < 5; burst++) {
    one.look({ cpuMs: 1500, calls: 1000, spareMb: 32 })
    one.look({ spareMb: 32, times: 10 })
  }
  expect(one.collected()).toBe(1)
  expect(one.grows()).toBe(true)
})

test('but what comes again and again without being much does not keep for ever what busy times took', () => {
  const one = watchedProcess()
  one.look({ cpuMs: 1500, calls: 1000, spareMb: 32 })
  for (let minute = 0; minute < 10; minute++) {
    one.look({ cpuMs: 100, calls: 1, spareMb: 32 })
    one.look({ spareMb: 32, times: 10 })
  }
  expect(one.grows()).toBe(true)
  for (let minute = 0; minute < 10; minute++) {
    one.look({ cpuMs: 100, calls: 1, spareMb: 32 })
    one.look({ spareMb: 32, times: 10 })
  }
  expect(one.grows()).toBe(false)
  expect(one.collected()).toBeGreaterThan(1)
})

test('what a quiet process grows by itself is left to it, or it would be busy with that for ever', () => {
  const one = watchedProcess()
  one.look({ spareMb: 5, times: LONG })
  expect(one.collected()).toBe(1)
  one.look({ spareMb: 7 })
  expect(one.collected()).toBe(2)
})

test('a process takes more room for new objects from when it has many calls until it is quiet', () => {
  const one = watchedProcess()
  expect(one.grows()).toBe(false)
  one.look({ cpuMs: 1000, calls: 40, spareMb: 8 })
  expect(one.grows()).toBe(false)
  one.look({ cpuMs: 1000, calls: 400, spareMb: 8 })
  expect(one.grows()).toBe(true)
  one.look({ cpuMs: 500, spareMb: 8, times: LONG })
  expect(one.grows()).toBe(true)
  one.look({ spareMb: 8, times: LONG })
  expect(one.grows()).toBe(false)
})

test('nothing is given back after it was stopped', () => {
  const one = watchedProcess()
  one.stop()
  one.look({ spareMb: 32, times: LONG })
  expect(one.collected()).toBe(1)
})
