import { expect, onTestFinished, test, vi } from 'vitest'
import {
  SPEED_GAP_MS,
  SPEED_PATIENCE,
  SPEED_ROUNDS,
  SPEED_SETTLED_GAP_MS,
  SPEED_USUAL_MS,
} from '../../src/host/limits.ts'
import { Speed } from '../../src/host/speed.ts'
import { bench } from './support.ts'

interface Machine {
  speed: Speed
  /** How many times longer than on a usual machine each piece takes from now on; the last one for good. */
  takes(...times: number[]): void
  /** Asks after so long, and again once what that began is over. */
  after(ms: number, idle?: boolean): Promise<number | undefined>
  /** So many rounds, at the pace of the first. */
  rounds(count: number): Promise<number | undefined>
  /** Pieces so far. */
  pieces(): number
}

function machine(): Machine {
  let now = 0
  let pieces = 0
  let times = [1]
  const speed = new Speed({
    now: () => now,
    pieceMs: () => {
      pieces += 1
      return SPEED_USUAL_MS * (times.length > 1 ? (times.shift() ?? 1) : (times[0] ?? 1))
    },
    turn: () => Promise.resolve(),
  })
  const settle = async (): Promise<void> => {
    for (let before = -1; before < pieces;) {
      before = pieces
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const on: Machine = {
    speed,
    takes: (...next) => void (times = next),
    async after(ms, idle = true) {
      now += ms
      speed.say(idle)
      await settle()
      return speed.say(false)
    },
    async rounds(count) {
      let said: number | undefined
      for (let round = 0; round < count; round++) said = await on.after(SPEED_GAP_MS)
      return said
    },
    pieces: () => pieces,
  }
  return on
}

/** One that was asked once already: from then on rounds are counted. */
async function asked(...times: number[]): Promise<Machine> {
  const on = machine()
  on.takes(...times)
  await on.after(0)
  return on
}

test.each([
  ['a usual one', 1, undefined],
  ['one that is nearly usual', 1.08, undefined],
  ['one that is slower', 1.41, 0.71],
  ['a small board', 5, 0.21],
  ['a fast one', 0.5, 2],
])('%s says how quick it is only where that is something', async (_, times, speed) => {
  const said = await (await asked(times)).rounds(SPEED_ROUNDS)
  if (speed === undefined) expect(said).toBeUndefined()
  else expect(said).toBeCloseTo(speed, 2)
})

test('nothing is said where nothing can be measured', async () => {
  const on = await asked(0)
  expect(await on.rounds(2 * SPEED_ROUNDS)).toBeUndefined()
})

test('a start measures nothing, and nothing is said before there were rounds enough', async () => {
  const on = await asked(0.5)
  expect(on.pieces()).toBe(0)
  expect(await on.after(SPEED_GAP_MS - 1)).toBeUndefined()
  expect(on.pieces()).toBe(0)
  expect(await on.after(1)).toBeUndefined()
  expect(on.pieces()).toBeGreaterThan(SPEED_PATIENCE)
  expect(await on.rounds(SPEED_ROUNDS - 2)).toBeUndefined()
  expect(await on.rounds(1)).toBe(2)
})

test('one quick piece among all rounds says how quick a machine is that others slow down', async () => {
  const on = await asked(2.1)
  await on.rounds(SPEED_ROUNDS - 2)
  on.takes(2.3, 2.2, 1, 2)
  expect(await on.rounds(2)).toBeUndefined()
})

test('a round goes on while pieces become quicker, as they do until their code is compiled', async () => {
  const on = await asked(...Array.from({ length: 54 }, (_, at) => 8 * 0.95 ** at), 0.5, 4)
  await on.rounds(1)
  expect(on.pieces()).toBe(55 + SPEED_PATIENCE)
  expect(await on.rounds(SPEED_ROUNDS - 1)).toBeCloseTo(2, 5)
})

test('what was measured beside others is corrected later, and a machine that became slower says so after as many rounds', async () => {
  const on = await asked(2)
  expect(await on.rounds(SPEED_ROUNDS)).toBe(0.5)
  on.takes(1)
  const measured = on.pieces()
  expect(await on.rounds(1)).toBe(0.5)
  expect(on.pieces()).toBe(measured)
  expect(await on.after(SPEED_SETTLED_GAP_MS)).toBeUndefined()
  on.takes(4)
  for (let round = 1; round < SPEED_ROUNDS; round++) expect(await on.after(SPEED_SETTLED_GAP_MS)).toBeUndefined()
  expect(await on.after(SPEED_SETTLED_GAP_MS)).toBe(0.25)
})

test('a measure that comes out to either side of a border says the same each time', async () => {
  const on = await asked(2 ** -0.37)
  const said = await on.rounds(SPEED_ROUNDS)
  expect(said).toBeCloseTo(2 ** 0.25, 5)
  on.takes(2 ** -0.38)
  expect(await on.after(SPEED_SETTLED_GAP_MS)).toBe(said)
  on.takes(2 ** -0.45)
  expect(await on.after(SPEED_SETTLED_GAP_MS)).toBeCloseTo(2 ** 0.5, 5)
})

test('while calls run nothing is measured, nor twice at once', async () => {
  const on = await asked(0.5)
  expect(await on.after(SPEED_GAP_MS, false)).toBeUndefined()
  expect(on.pieces()).toBe(0)
  on.speed.say(true)
  await on.after(SPEED_GAP_MS)
  const first = on.pieces()
  await on.after(SPEED_GAP_MS)
  expect(on.pieces()).toBe(2 * first)
})

test('a runner measures real work when it is asked for its load', async () => {
  let [now, clock] = [0, 0]
  vi.spyOn(performance, 'now').mockImplementation(() => (clock += SPEED_USUAL_MS / 2))
  onTestFinished(() => void vi.restoreAllMocks())
  const { runner } = bench({}, { now: () => (now += SPEED_GAP_MS) })
  let speed: number | undefined
  for (let turn = 0; turn < 20 * SPEED_ROUNDS * SPEED_PATIENCE && speed === undefined; turn++) {
    await new Promise((resolve) => setImmediate(resolve))
    speed = runner.load().speed
  }
  expect(speed).toBe(2)
})
