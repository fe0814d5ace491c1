import { expect, test } from 'vitest'
import { detectors } from '../../src/volunteer/detectors.ts'
import type { Told } from '../../src/volunteer/detector.ts'
import { BUSY_LOOK_MS, CALM_LOOK_MS, GONE_MS, READ_MAX_MS, RETRY_MS, STALE_MS } from '../../src/volunteer/limits.ts'
import { watch, type Watch } from '../../src/volunteer/watch.ts'
import { laptop, settle, type FakeMachine } from './machine.ts'

interface Watched {
  machine: FakeMachine
  watch: Watch
  busy: { now: boolean }
  looks: () => number
}

const MEMORY = '/proc/meminfo'
const BATTERY = '/sys/class/power_supply/BAT0/status'

function watched(...needed: Told[]): Watched {
  const machine = laptop()
  const busy = { now: false }
  let looks = 0
  const made = watch({
    detectors: detectors(machine, '/blocks'),
    timers: machine.timers,
    now: () => machine.now(),
    needed: () => new Set(needed),
    busy: () => busy.now,
    onLook: () => void looks++,
  })
  return { machine, watch: made, busy, looks: () => looks }
}

function count(machine: FakeMachine, path: string): number {
  return machine.reads.filter((read) => read === path).length
}

test('looks seldom while nothing runs, often while calls do, and at nothing that no setting needs', async () => {
  const { machine, watch: on, busy } = watched('freeMemoryBytes')
  on.start()
  await machine.pass(60_000)
  expect(count(machine, MEMORY)).toBe(1 + 60_000 / CALM_LOOK_MS)
  expect(new Set(machine.reads)).toEqual(new Set([MEMORY]))
  const before = count(machine, MEMORY)
  busy.now = true
  on.hurry()
  await machine.pass(10 * BUSY_LOOK_MS)
  expect(count(machine, MEMORY) - before).toBe(10)
  expect(machine.waiting()).toBe(1)
  on.stop()
  await machine.pass(60_000)
  expect(count(machine, MEMORY) - before).toBe(10)
  expect(machine.waiting()).toBe(0)
})

test('what costs a command to ask and can wait is not asked each second', async () => {
  const { machine, watch: on, busy } = watched('metered')
  machine.commands.set('busctl', 'u 2\n')
  busy.now = true
  on.start()
  await machine.pass(60_000)
  expect(machine.reads.length).toBe(1 + 60_000 / CALM_LOOK_MS)
  expect(on.readings()).toEqual({ metered: false })
})

test('a flood of calls makes it look no more often than one does', async () => {
  const { machine, watch: on, busy } = watched('freeMemoryBytes')
  on.start()
  await machine.pass(5000)
  busy.now = true
  for (let i = 0; i < 1000; i++) {
    on.hurry()
    await machine.pass(1)
  }
  expect(count(machine, MEMORY)).toBeLessThanOrEqual(3)
})

test('one that hangs holds up nobody, is shown, and is asked again only when it has answered', async () => {
  const { machine, watch: on, looks } = watched('freeMemoryBytes', 'onBattery')
  machine.hung.add(BATTERY)
  on.start()
  await settle()
  expect(on.readings().freeMemoryBytes).toBe(8_000_000 * 1024)
  expect(looks()).toBeGreaterThan(0)
  await machine.pass(4 * CALM_LOOK_MS)
  expect(count(machine, BATTERY)).toBe(1)
  expect(count(machine, MEMORY)).toBe(5)
  expect(on.states().find(({ name }) => name === 'battery')).toMatchObject({ works: false, why: 'it does not answer' })
})

test('two that hang are enough: the threads that read files are not ours alone', async () => {
  const { machine, watch: on } = watched('freeMemoryBytes', 'onBattery', 'freeDiskBytes')
  machine.hung.add(BATTERY).add(MEMORY)
  on.start()
  await machine.pass(READ_MAX_MS)
  const before = machine.reads.length
  await machine.pass(10 * CALM_LOOK_MS)
  expect(machine.reads.length).toBe(before)
})

test('a probe is over when everybody had their time', async () => {
  const { machine, watch: on } = watched()
  machine.hung.add(BATTERY)
  let over = false
  void on.probe().then(() => (over = true))
  await machine.pass(READ_MAX_MS - 1)
  expect(over).toBe(false)
  await machine.pass(1)
  expect(over).toBe(true)
  expect(on.states().map(({ name, works }) => [name, works])).toEqual([
    ['session', true],
    ['terminals', true],
    ['input', false],
    ['battery', false],
    ['load', true],
    ['memory', true],
    ['disk', true],
    ['metered', false],
  ])
})

test('what was read long ago says nothing; what does not work is tried again, but not each time', async () => {
  const { machine, watch: on } = watched('freeMemoryBytes')
  on.start()
  await settle()
  machine.hung.add(MEMORY)
  await machine.pass(STALE_MS + CALM_LOOK_MS)
  expect(on.readings()).toEqual({})

  const other = watched('onBattery')
  const files = [...other.machine.files]
  for (const [path] of files) if (path.startsWith('/sys')) other.machine.files.delete(path)
  other.watch.start()
  await other.machine.pass(RETRY_MS - 1)
  expect(count(other.machine, '/sys/class/power_supply')).toBe(1)
  for (const [path, text] of files) other.machine.files.set(path, text)
  await other.machine.pass(CALM_LOOK_MS)
  expect(other.watch.readings()).toEqual({ onBattery: false })
})

test('of two that tell when the owner was last here, the later counts', async () => {
  const { machine, watch: on } = watched('idleMs')
  machine.readTimes.set('/dev/pts/0', machine.wallClock() - 5000)
  on.start()
  await settle()
  expect(on.readings()).toEqual({ idleMs: 5000 })
})

test('while one that saw its owner fails, those that see less are not believed; the other way round they are', async () => {
  const { machine, watch: on, busy } = watched('idleMs')
  const answer = machine.commands.get('busctl') ?? ''
  machine.commands.set('busctl', 'b false\nt 0\n')
  busy.now = true
  on.start()
  await settle()
  expect(on.readings()).toEqual({ idleMs: 0 })
  machine.commands.delete('busctl')
  for (const ms of [BUSY_LOOK_MS, STALE_MS]) {
    await machine.pass(ms)
    expect(on.readings()).toEqual({})
  }
  // It is asked as often as one that works.
  machine.commands.set('busctl', answer)
  await machine.pass(BUSY_LOOK_MS)
  expect(on.readings().idleMs).toBeGreaterThan(0)
  machine.readTimes.delete('/dev/pts/0')
  for (const ms of [BUSY_LOOK_MS, STALE_MS]) {
    await machine.pass(ms)
    expect(on.readings().idleMs).toBeGreaterThan(0)
  }
  machine.readTimes.set('/dev/pts/0', 0)
  await machine.pass(BUSY_LOOK_MS)
  machine.commands.delete('busctl')
  await machine.pass(GONE_MS + CALM_LOOK_MS)
  expect(on.readings().idleMs).toBeGreaterThan(0)
})
