import { expect, test } from 'vitest'
import type { Readings } from '../../src/volunteer/detector.ts'
import { CALM_MS } from '../../src/volunteer/limits.ts'
import { judge, needed, type Reason } from '../../src/volunteer/policy.ts'
import { DEFAULT_LEND, readSettings, showSettings, writeSettings, type Settings } from '../../src/volunteer/settings.ts'
import { isItsTime, readWhen, showWhen } from '../../src/volunteer/when.ts'

const DEFAULTS: Settings = { on: true, cores: 0, disk: 1024 ** 3, ...DEFAULT_LEND }
const NOON = { day: 5, minute: 12 * 60 }

function settings(texts: Record<string, string>): Settings {
  return { ...DEFAULTS, ...readSettings(texts) }
}

function causes(texts: Record<string, string>, readings: Partial<Readings>, before: Reason[] = [], now = 0): string[] {
  return judge({ settings: settings(texts), readings, moment: NOON, now }, before).map(({ cause }) => cause)
}

test.each<[string, Record<string, string>, Partial<Readings>, string[]]>([
  ['where nothing can be told, an ordinary machine works', {}, {}, []],
  ['on battery it does not', {}, { onBattery: true }, ['battery']],
  ['unless its owner lets it', { battery: 'run' }, { onBattery: true }, []],
  ['nor where bytes cost money', {}, { metered: true }, ['metered']],
  ['nor with little memory', {}, { freeMemoryBytes: 255 * 1024 ** 2 }, ['memory']],
  ['nor with little disk', { 'keep-disk': '1GB' }, { freeDiskBytes: 1e9 }, ['disk']],
  ['while others need the processors', { load: '25%' }, { othersLoad: 0.26 }, ['load']],
  ['but as much as its owner said they may use', { load: '25%' }, { othersLoad: 0.25 }, []],
  ['others count only where its owner said so', {}, { othersLoad: 1 }, []],
  ['when its owner is there', { when: 'idle:10m' }, { idleMs: 599_999 }, ['owner']],
  ['once they are away', { when: 'idle:10m' }, { idleMs: 600_000 }, []],
  ['where nobody can tell whether they are', { when: 'idle:10m' }, {}, ['owner']],
  [
    'outside its hours, and for every other reason besides',
    { when: '22:00-07:00' },
    { onBattery: true },
    ['hours', 'battery'],
  ],
])('%s', (_, texts, readings, expected) => {
  expect(causes(texts, readings)).toEqual(expected)
})

test('what pauses at a threshold goes on only well beyond it, and after a while', () => {
  const texts = { load: '50%' }
  const on = settings(texts)
  let reasons: Reason[] = []
  const at = (now: number, othersLoad: number): number => {
    reasons = judge({ settings: on, readings: { othersLoad }, moment: NOON, now }, reasons)
    return reasons.length
  }
  expect(at(0, 0.49)).toBe(0)
  expect(at(1000, 0.51)).toBe(1)
  // A little below is not enough, however long.
  expect(at(1000 + 10 * CALM_MS, 0.45)).toBe(1)
  const calm = 1000 + 11 * CALM_MS
  expect(at(calm, 0.1)).toBe(1)
  expect(at(calm + CALM_MS - 1, 0.1)).toBe(1)
  // It came back in between, so the wait begins anew.
  expect(at(calm + CALM_MS - 1, 0.6)).toBe(1)
  expect(at(calm + CALM_MS, 0.1)).toBe(1)
  expect(at(calm + 2 * CALM_MS, 0.1)).toBe(0)
})

test('only what the settings go by is read', () => {
  expect([...needed(DEFAULTS)].sort()).toEqual(['freeDiskBytes', 'freeMemoryBytes', 'metered', 'onBattery'])
  const none = { battery: 'run', metered: 'run', 'keep-memory': 'off', 'keep-disk': 'off' }
  expect(needed(settings(none)).size).toBe(0)
  expect([...needed(settings({ ...none, when: 'idle:5m', load: '10%' }))].sort()).toEqual(['idleMs', 'othersLoad'])
})

test.each<[string, number, string, boolean]>([
  ['always', 3, '04:00', true],
  ['09:00-17:00', 3, '09:00', true],
  ['09:00-17:00', 3, '17:00', false],
  ['22:00-07:00', 3, '23:59', true],
  ['22:00-07:00', 3, '06:59', true],
  ['22:00-07:00', 3, '07:00', false],
  ['mon-fri', 6, '12:00', false],
  ['sat,sun', 0, '12:00', true],
  ['fri-mon', 0, '12:00', true],
  // The night of Friday ends on Saturday.
  ['22:00-07:00,mon-fri', 6, '03:00', true],
  ['22:00-07:00,mon-fri', 1, '03:00', false],
])('%s, on day %i at %s: %s', (text, day, clock, expected) => {
  const when = readWhen(text)
  if (when === undefined) throw new Error(`${text} cannot be read`)
  const [hours = 0, minutes = 0] = clock.split(':').map(Number)
  expect(isItsTime(when, { day, minute: hours * 60 + minutes })).toBe(expected)
  expect(readWhen(showWhen(when))).toEqual(when)
})

test.each([
  'idle',
  'idle:',
  'idle:0m',
  'never',
  '25:00-07:00',
  '22:00-22:00',
  '22:61-23:00',
  '9-17',
  'mon-',
  'mon-wed-fri',
  '',
  'idle:5m,idle:6m',
])('"%s" is no time', (text) => {
  expect(readWhen(text)).toBeUndefined()
})

test('settings are shown as they are written, and written settings are read as they were', () => {
  const texts = {
    when: 'idle:5m,22:00-07:00',
    battery: 'run',
    metered: 'run',
    load: '25%',
    'keep-memory': '2GB',
    'keep-disk': 'off',
    cores: '2',
    memory: '512MB',
    disk: '3TB',
    running: 'abort',
    labels: 'gpu,shop-7',
    egress: 'off',
  }
  expect(showSettings(settings(texts))).toEqual(texts)
  expect(showSettings(DEFAULTS)).toMatchObject({
    when: 'always',
    load: 'off',
    cores: 'all',
    memory: 'auto',
    disk: '1GB',
  })
})

test.each([
  ['load', '0%'],
  ['load', '100%'],
  ['load', '25'],
  ['cores', '0'],
  ['cores', '-1'],
  ['disk', 'off'],
  ['disk', '9999999TB'],
  ['memory', '1.5GB'],
  ['battery', 'maybe'],
  ['when', 'sometimes'],
  ['labels', 'Big GPU'],
  ['speed', 'fast'],
  ['constructor', 'x'],
])('%s=%s is refused, and what it takes is said', (key, text) => {
  expect(() => readSettings({ [key]: text })).toThrow(
    expect.objectContaining({ code: 'usage', fix: expect.any(String) }),
  )
})

test('a change of the configuration leaves all else in it as it was', () => {
  const before = { port: 1, volunteer: false, cores: 3, lend: { when: 'idle:5m' } }
  expect(writeSettings(before, true, { load: '25%', disk: '2GB' })).toEqual({
    port: 1,
    volunteer: true,
    cores: 3,
    storeBytes: 2 * 1024 ** 3,
    lend: { when: 'idle:5m', load: '25%' },
  })
  expect(writeSettings({}, false, {})).toEqual({ volunteer: false })
})
