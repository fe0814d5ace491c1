import { HitherError, type ErrorCode, type Job, type Runner, type RunnerLoad, type RunResult } from '@hither/core'
import { expect, test } from 'vitest'
import { tightest } from '../src/runner-state.ts'
import { toll, type Toll } from '../src/serve/toll.ts'
import { FULL_TOLD_MS } from '../src/limits/serving.ts'
import { metrics } from './fakes.ts'
import { fakeMachine, settle, type FakeMachine } from './volunteer/machine.ts'

const idle: RunnerLoad = {
  slots: 8,
  busy: 0,
  queued: 0,
  cores: { lent: 2, burning: 0, waiting: 0 },
  memoryMb: 512,
}

interface Tolled {
  toll: Toll
  machine: FakeMachine
  load: RunnerLoad
  /** How often others were to be told that it has room again. */
  told: { times: number }
  /** Ends the oldest call that runs. */
  end: (outcome?: HitherError) => Promise<void>
}

function tolled(): Tolled {
  const machine = fakeMachine()
  const running: PromiseWithResolvers<RunResult>[] = []
  const load = structuredClone(idle)
  const told = { times: 0 }
  const runner = {
    load: () => load,
    run: () => {
      const call = Promise.withResolvers<RunResult>()
      running.push(call)
      return call.promise
    },
  } as Partial<Runner> as Runner
  return {
    toll: toll({ runner, timers: machine.timers, now: () => machine.now(), freed: () => void (told.times += 1) }),
    told,
    machine,
    load,
    async end(outcome) {
      const call = running.shift()
      if (outcome !== undefined) call?.reject(outcome)
      else call?.resolve({ status: 200, headers: [], body: new Uint8Array(0), metrics })
      await settle()
    },
  }
}

test('a runner whose slots are all asked for raises its price slowly, and lowers it when they are not', async () => {
  const { toll: on, machine, load, end } = tolled()
  expect(on.priceMs()).toBe(0)
  const answer = on.run({} as Job)
  Object.assign(load, { busy: 8, queued: 2 })
  await machine.pass(1000)
  const soon = on.priceMs()
  expect(soon).toBeGreaterThan(0)
  await machine.pass(5000)
  expect(on.priceMs()).toBeGreaterThan(soon)
  Object.assign(load, { busy: 1, queued: 0 })
  await machine.pass(60_000)
  expect(on.priceMs()).toBe(0)
  await end()
  await answer
  // Nobody looks any more where nothing runs.
  await machine.pass(1000)
  expect(machine.waiting()).toBe(0)
})

test('who waits counts for its price as if it had a slot, since nobody may have all', async () => {
  const { toll: on, machine, load, end } = tolled()
  const answer = on.run({} as Job)
  Object.assign(load, { busy: 6, queued: 2 })
  await machine.pass(5000)
  expect(on.priceMs()).toBeGreaterThan(0)
  await end()
  await answer
})

test('half of its slots asked for costs nothing', async () => {
  const { toll: on, machine, load, end } = tolled()
  const answer = on.run({} as Job)
  load.busy = 4
  await machine.pass(10_000)
  expect(on.priceMs()).toBe(0)
  await end()
  await answer
})

test('what a full runner refuses for want of a place makes its price climb faster; what fails otherwise does not', async () => {
  const priceAfter = async (code: ErrorCode): Promise<number> => {
    const { toll: on, machine, load, end } = tolled()
    load.busy = 8
    for (let n = 0; n < 100; n++) {
      const refused = expect(on.run({} as Job)).rejects.toMatchObject({ code })
      await machine.pass(10)
      await end(new HitherError(code, 'no'))
      await refused
    }
    return on.priceMs()
  }
  expect(await priceAfter('busy')).toBeGreaterThan(await priceAfter('handler-failed'))
})

test('a runner whose cores all burn says so, however many slots it has', () => {
  expect(tightest(idle)).toEqual({ slots: 8, busy: 0, queued: 0 })
  expect(tightest({ ...idle, busy: 1, cores: { lent: 2, burning: 1, waiting: 0 } })).toMatchObject({
    slots: 8,
    busy: 1,
  })
  expect(tightest({ ...idle, busy: 2, queued: 3, cores: { lent: 2, burning: 2, waiting: 3 } })).toEqual({
    slots: 2,
    busy: 2,
    queued: 3,
  })
  // Slots are what there is less of.
  expect(tightest({ ...idle, busy: 8, queued: 4, cores: { lent: 2, burning: 2, waiting: 0 } })).toMatchObject({
    slots: 8,
    busy: 8,
  })
})

test('who was full for long says so once when it is not any more, and nobody hears of short spells', async () => {
  const { toll: on, machine, load, told, end } = tolled()
  const answer = on.run({} as Job)
  Object.assign(load, { busy: 8, queued: 1 })
  await machine.pass(FULL_TOLD_MS / 2)
  Object.assign(load, { busy: 7, queued: 0 })
  await machine.pass(FULL_TOLD_MS)
  expect(told.times).toBe(0)
  Object.assign(load, { busy: 8 })
  await machine.pass(2 * FULL_TOLD_MS)
  expect(told.times).toBe(0)
  // Also where the call that ends is the last.
  Object.assign(load, { busy: 0 })
  await end()
  await answer
  await machine.pass(FULL_TOLD_MS)
  expect(told.times).toBe(1)
})
