import { expect, test } from 'vitest'
import { thrift } from '../src/thrift.ts'

/** What it cannot do without, in MB. */
const LIVE_MB = 20

function watchedProcess(): { look(cpuMs: number, spareMb: number): void; collected: () => number; stop: () => void } {
  let cpuMs = 1000
  let heapMb = LIVE_MB
  let collected = 0
  let run: (() => void) | undefined
  const stop = thrift({
    every(_, look) {
      run = look
      return () => (run = undefined)
    },
    cpuMs: () => cpuMs,
    heapBytes: () => heapMb * 1024 * 1024,
    collect() {
      collected += 1
      heapMb = LIVE_MB
    },
  })
  return {
    look(usedMs, spareMb) {
      cpuMs += usedMs
      heapMb = LIVE_MB + spareMb
      run?.()
    },
    collected: () => collected,
    stop,
  }
}

test('a quiet process gives back what its busy times took, and a busy one keeps it', () => {
  const one = watchedProcess()
  one.look(4000, 32)
  expect(one.collected()).toBe(0)
  one.look(20, 32)
  expect(one.collected()).toBe(1)
})

test('what a start left is given back, however little room for new objects it has', () => {
  const one = watchedProcess()
  one.look(5, 3)
  expect(one.collected()).toBe(1)
})

test('what it grew by since then is given back again, once it is worth that', () => {
  const one = watchedProcess()
  one.look(20, 32)
  one.look(20, 7)
  expect(one.collected()).toBe(1)
  one.look(20, 9)
  expect(one.collected()).toBe(2)
})

test('what a quiet process grows by itself is left to it, or it would be busy with that for ever', () => {
  const one = watchedProcess()
  one.look(20, 32)
  for (let look = 0; look < 10; look++) one.look(20, 4)
  expect(one.collected()).toBe(1)
})

test('nor after it was stopped', () => {
  const one = watchedProcess()
  one.stop()
  one.look(5, 32)
  expect(one.collected()).toBe(0)
})
