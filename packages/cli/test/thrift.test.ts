import { expect, test } from 'vitest'
import { thrift } from '../src/thrift.ts'

function watchedProcess(): { look(cpuMs: number, youngMb: number): void; collected: () => number; stop: () => void } {
  let cpuMs = 1000
  let youngBytes = 0
  let collected = 0
  let run: (() => void) | undefined
  const stop = thrift({
    every(_, look) {
      run = look
      return () => (run = undefined)
    },
    cpuMs: () => cpuMs,
    youngBytes: () => youngBytes,
    collect: () => void (collected += 1),
  })
  return {
    look(usedMs, youngMb) {
      cpuMs += usedMs
      youngBytes = youngMb * 1024 * 1024
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

test('where there is little to give back, nothing is done for it', () => {
  const one = watchedProcess()
  one.look(5, 1)
  expect(one.collected()).toBe(0)
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
