import { describe, expect, test } from 'vitest'
import { battery } from '../../src/volunteer/detectors/battery.ts'
import { disk } from '../../src/volunteer/detectors/disk.ts'
import { input } from '../../src/volunteer/detectors/input.ts'
import { load } from '../../src/volunteer/detectors/load.ts'
import { memory } from '../../src/volunteer/detectors/memory.ts'
import { metered } from '../../src/volunteer/detectors/metered.ts'
import { session } from '../../src/volunteer/detectors/session.ts'
import { terminals } from '../../src/volunteer/detectors/terminals.ts'
import { LOAD_WINDOW_MS } from '../../src/volunteer/limits.ts'
import { fakeMachine, laptop, processStat, type FakeMachine } from './machine.ts'

const unsupported = { code: 'unsupported' }

describe('session', () => {
  test('tells for how long logind has called the machine idle', async () => {
    const machine = fakeMachine()
    const since = (machine.wallClock() - 90_000) * 1000
    machine.commands.set('busctl', `b true\nt ${since}\n`)
    expect(await session(machine).read()).toBe(90_000)
    machine.commands.set('busctl', `b false\nt ${since}\n`)
    expect(await session(machine).read()).toBe(0)
    expect(machine.reads[0]).toContain('get-property org.freedesktop.login1')
  })

  test.each<[string, string | Error]>([
    ['no bus', new Error('Failed to connect to bus')],
    ['another answer', 's "what"\n'],
  ])('does not tell where there is %s', async (_, printed) => {
    const machine = fakeMachine()
    machine.commands.set('busctl', printed)
    await expect(session(machine).read()).rejects.toMatchObject(unsupported)
  })
})

test('terminals tell by the one that was typed into last, and not by what only looks like one', async () => {
  const machine = fakeMachine()
  const at = machine.wallClock()
  machine.readTimes
    .set('/dev/pts/0', at - 60_000)
    .set('/dev/pts/ptmx', at)
    .set('/dev/tty', at)
  machine.readTimes.set('/dev/tty2', at - 300_000).set('/dev/ttyS0', at)
  expect(await terminals(machine).read()).toBe(60_000)
  await expect(terminals(fakeMachine()).read()).rejects.toMatchObject(unsupported)
})

test('input tells what ioreg says of a Mac', async () => {
  const machine = fakeMachine('darwin')
  machine.commands.set('ioreg', '  | "HIDIdleTime" = 2500000000\n')
  expect(await input(machine).read()).toBe(2500)
  await expect(input(fakeMachine('linux')).read()).rejects.toMatchObject(unsupported)
})

describe('battery', () => {
  function supplies(all: Record<string, Record<string, string>>): FakeMachine {
    const machine = fakeMachine()
    for (const [name, files] of Object.entries(all)) {
      for (const [file, text] of Object.entries(files))
        machine.files.set(`/sys/class/power_supply/${name}/${file}`, `${text}\n`)
    }
    return machine
  }

  test.each([
    ['a laptop on mains', { AC: { type: 'Mains', online: '1' }, BAT0: { type: 'Battery', status: 'Charging' } }, false],
    ['one unplugged', { AC: { type: 'Mains', online: '0' }, BAT0: { type: 'Battery', status: 'Discharging' } }, true],
    [
      'a desktop whose mouse has a battery',
      { hid: { type: 'Battery', scope: 'Device', status: 'Discharging' } },
      false,
    ],
    ['one on a UPS when the lights go out', { ups: { type: 'UPS', status: 'Discharging' } }, true],
    [
      'one that charges by USB',
      { U: { type: 'USB', online: '1' }, B: { type: 'Battery', status: 'Discharging' } },
      false,
    ],
  ])('%s', async (_, all, expected) => {
    expect(await battery(supplies(all)).read()).toBe(expected)
  })

  test('a Mac tells by pmset; a kernel without power supplies does not tell', async () => {
    const mac = fakeMachine('darwin')
    mac.commands.set('pmset', `Now drawing from 'Battery Power'\n -InternalBattery-0 80%; discharging`)
    expect(await battery(mac).read()).toBe(true)
    mac.commands.set('pmset', `Now drawing from 'AC Power'`)
    expect(await battery(mac).read()).toBe(false)
    await expect(battery(fakeMachine()).read()).rejects.toMatchObject(unsupported)
    await expect(battery(fakeMachine('win32')).read()).rejects.toMatchObject(unsupported)
  })
})

describe('load', () => {
  /** Ticks since the start: of two cores that others and we have used, and that nobody has. */
  function ticks(machine: FakeMachine, { busy, idle }: { busy: number; idle: number }): void {
    machine.files.set('/proc/stat', `cpu  ${busy - 20} 5 10 ${idle - 30} 10 2 3 20 99 0\ncpu0 1 1 1 1\ncpu1 1 1 1 1\n`)
  }

  test('is what others use: never our own work, of sandboxes that run or have ended, and behind a launcher', async () => {
    const machine = laptop()
    const detector = load(machine)
    ticks(machine, { busy: 1000, idle: 1000 })
    expect(await detector.read()).toBeUndefined()
    await machine.pass(LOAD_WINDOW_MS)
    // Of 600 ticks of two cores, 500 are used: 50 by us, 100 by a child that ended, 200 by a launcher's child.
    ticks(machine, { busy: 1500, idle: 1100 })
    machine.files.set('/proc/100/stat', processStat(50, 100)).set('/proc/100/task/100/children', '101 ')
    machine.files.set('/proc/101/stat', processStat(0)).set('/proc/101/task/101/children', '102 ')
    machine.files.set('/proc/102/stat', processStat(200)).set('/proc/102/task/102/children', '')
    expect(await detector.read()).toBeCloseTo(150 / 600)
    // The sandbox ends: what it used is its parent's now, and nobody else's.
    await machine.pass(LOAD_WINDOW_MS)
    ticks(machine, { busy: 1500, idle: 1700 })
    machine.files.set('/proc/100/stat', processStat(50, 300)).set('/proc/100/task/100/children', '')
    expect(await detector.read()).toBe(0)
  })

  test('is measured over a while, however often it is asked', async () => {
    const machine = laptop()
    const detector = load(machine)
    ticks(machine, { busy: 100, idle: 100 })
    await detector.read()
    ticks(machine, { busy: 1000, idle: 100 })
    await machine.pass(LOAD_WINDOW_MS - 1)
    expect(await detector.read()).toBeUndefined()
    await machine.pass(1)
    expect(await detector.read()).toBe(1)
  })

  test('a child that dies while it is read does no harm; without the list of children nobody can tell', async () => {
    const machine = laptop()
    machine.files.set('/proc/100/task/100/children', '666 ')
    await expect(load(machine).read()).resolves.toBeUndefined()
    machine.files.delete('/proc/100/task/100/children')
    await expect(load(machine).read()).rejects.toMatchObject(unsupported)
    await expect(load(fakeMachine('darwin')).read()).rejects.toMatchObject(unsupported)
  })
})

test('memory, disk and the network', async () => {
  const machine = laptop()
  expect(await memory(machine).read()).toBe(8_000_000 * 1024)
  expect(await memory(fakeMachine('win32')).read()).toBe(5e9)
  await expect(memory(fakeMachine('darwin')).read()).rejects.toMatchObject(unsupported)
  expect(await disk(machine, '/home/x/blocks').read()).toBe(100e9)
  for (const [word, expected] of [
    ['1', true],
    ['2', false],
    ['3', true],
    ['4', false],
  ] as const) {
    machine.commands.set('busctl', `u ${word}\n`)
    expect(await metered(machine).read()).toBe(expected)
  }
  machine.commands.set('busctl', 'u 0\n')
  await expect(metered(machine).read()).rejects.toMatchObject(unsupported)
})
