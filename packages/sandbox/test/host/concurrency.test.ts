import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Concurrency } from '../../src/host/concurrency.ts'
import { runMachine, type Machine } from './machine.ts'

const LENT = { cores: 1, slots: 32, queue: 8 }

/** A rule, and how to let time pass in which so much waits and so many calls are answered in each half second. */
function ruled(
  lent = LENT,
  running = () => 0,
): { rule: Concurrency; spend: (steps: number, waitMs: number, answers: number) => void } {
  let now = 0
  const rule = new Concurrency({ lent, now: () => now, running })
  return {
    rule,
    spend(steps, waitMs, answers) {
      for (let i = 0; i < steps; i++) {
        rule.waits(waitMs)
        for (let j = 0; j < answers; j++) rule.answered()
        now += 500
        rule.waits(waitMs)
      }
    },
  }
}

describe('how many calls a runner takes at once', () => {
  test('is all that is lent while no work waits for a core', () => {
    const { rule, spend } = ruled()
    spend(20, 5, 50)
    expect([rule.slots, rule.queue]).toEqual([32, 8])
  })

  test('falls while work waits all the time, by a quarter a step, to what keeps the cores at work', () => {
    const { rule, spend } = ruled()
    spend(2, 200, 50)
    expect(rule.slots).toBeGreaterThanOrEqual(18)
    spend(20, 200, 50)
    expect([rule.slots, rule.queue]).toEqual([4, 4])
  })

  test('never falls below those that hold their slot and wait for something else, and a few beside them', () => {
    const { rule, spend } = ruled(LENT, () => 20)
    spend(20, 200, 50)
    expect(rule.slots).toBe(24)
  })

  test('does not fall for a burst that drains', () => {
    const { rule, spend } = ruled()
    for (let i = 0; i < 20; i++) {
      rule.waits(400)
      spend(1, 0, 40)
    }
    expect(rule.slots).toBe(32)
  })

  test('grows by answers, and not without them', () => {
    const { rule, spend } = ruled()
    spend(20, 200, 50)
    spend(4, 0, 0)
    expect(rule.slots).toBe(4)
    spend(2, 0, 1)
    expect(rule.slots).toBeLessThanOrEqual(6)
    spend(20, 0, 50)
    expect(rule.slots).toBe(32)
  })

  test('is all again after a rest', () => {
    const { rule, spend } = ruled()
    spend(20, 200, 50)
    spend(25, 0, 0)
    expect(rule.slots).toBe(32)
  })

  test('is never more than is lent, and what is lent anew holds at once', () => {
    const lent = { cores: 1, slots: 2, queue: 1 }
    const { rule, spend } = ruled(lent)
    spend(20, 200, 50)
    expect([rule.slots, rule.queue]).toEqual([2, 1])
    lent.slots = 1
    expect(rule.slots).toBe(1)
  })
})

describe('a machine that goes by it', () => {
  const machines = fc.record<Machine>({
    cores: fc.integer({ min: 1, max: 4 }),
    slots: fc.constantFrom(32, 64, 128),
    cpuMs: fc.integer({ min: 1, max: 29 }),
    ioMs: fc.constantFrom(0, 5, 50, 200),
    crowding: fc.constantFrom(0, 0.002, 0.01),
  })

  test('completes no less when it is offered more, but for what finding the right number costs', () => {
    fc.assert(
      fc.property(machines, (machine) => {
        const canEveryMs = machine.cpuMs / machine.cores
        const completed = [1, 2, 4, 8].map((times) => runMachine(machine, canEveryMs / times, 8000).completed)
        for (const more of completed) expect(more).toBeGreaterThanOrEqual(0.9 * (completed[0] ?? 0))
      }),
      { numRuns: 25, seed: 7 },
    )
  })

  test('takes few calls at once that burn, and answers them sooner than a full queue would', () => {
    const burning = { cores: 1, slots: 32, cpuMs: 10, ioMs: 0, crowding: 0 }
    const { slots, longestMs } = runMachine(burning, 2.5, 12_000)
    expect(slots).toBeLessThanOrEqual(6)
    expect(longestMs).toBeLessThan(150)
  })

  test('takes as many as it lends that wait for others', () => {
    const { slots, refused } = runMachine({ cores: 1, slots: 32, cpuMs: 1, ioMs: 200, crowding: 0 }, 8, 12_000)
    expect([slots, refused]).toEqual([32, 0])
  })
})
