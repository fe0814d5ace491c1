import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { HitherError, type Lent, type Runner } from '@hither/core'
import { memoryBlocks } from '@hither/store'
import { expect, onTestFinished, test } from 'vitest'
import {
  BUSY_LOOK_MS,
  CALM_LOOK_MS,
  CALM_MS,
  FINISH_LOOK_MS,
  FRESH_MAX_MS,
  RELEASE_MS,
} from '../../src/volunteer/limits.ts'
import { DEFAULT_LEND, readSettings } from '../../src/volunteer/settings.ts'
import { volunteer, type Volunteer } from '../../src/volunteer/volunteer.ts'
import { silent } from '../fakes.ts'
import { laptop, settle, type FakeMachine } from './machine.ts'

interface Lending {
  machine: FakeMachine
  volunteer: Volunteer
  /** What was done to the runner, in order. */
  done: string[]
  lent: () => Lent | undefined
  /** Whether work is taken, each time that it changed. */
  changes: boolean[]
  load: { busy: number }
  broken: { start?: Error; slow?: Promise<void> }
  config: () => Promise<unknown>
  diskCap: () => number
}

async function lending(texts: Record<string, string> = {}, on = true, hasRunner = true): Promise<Lending> {
  const folder = await mkdtemp(join(tmpdir(), 'hither-volunteer-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const config = join(folder, 'config.json')
  await writeFile(config, '{"port": 7}')
  const machine = laptop()
  const done: string[] = []
  const changes: boolean[] = []
  const load = { busy: 0 }
  const broken: Lending['broken'] = {}
  const blocks = memoryBlocks({ capBytes: 1e9 })
  let lent: Lent | undefined
  const runner: Runner = {
    jail: () => ({ tier: 'process', layers: [], grants: {} }),
    async start() {
      done.push('start')
      if (broken.start !== undefined) throw broken.start
      await broken.slow
    },
    stop: async () => void done.push('stop'),
    run: () => Promise.reject(new Error('nothing is run')),
    load: () => ({
      slots: 1,
      busy: load.busy,
      queued: 0,
      cores: { lent: 1, burning: 0, waiting: 0 },
      memoryMb: 512,
    }),
    warm: () => [],
    isWarm: () => false,
    expect: () => undefined,
    lend: (what) => void (lent = what),
    interrupt: (running) => void done.push(running),
  }
  const settings = { on, cores: 0, disk: 1e9, ...DEFAULT_LEND, ...readSettings(texts) }
  const made = volunteer(
    { settings, config, folder },
    { runner: hasRunner ? runner : undefined, blocks, machine, timers: machine.timers, log: silent },
  )
  onTestFinished(() => made.stop())
  await made.start(() => changes.push(made.taking))
  return {
    machine,
    volunteer: made,
    done,
    lent: () => lent,
    changes,
    load,
    broken,
    config: async () => JSON.parse(await readFile(config, 'utf8')) as unknown,
    diskCap: () => blocks.usage().capBytes,
  }
}

/** Plays the battery. */
function unplug(machine: FakeMachine, unplugged: boolean): void {
  machine.files.set('/sys/class/power_supply/AC/online', unplugged ? '0' : '1')
  machine.files.set('/sys/class/power_supply/BAT0/status', unplugged ? 'Discharging' : 'Full')
}

test('a machine that is not lent pays for nothing: no process, no timer, no look', async () => {
  const { machine, done, changes, volunteer: v } = await lending({}, false)
  await machine.pass(3_600_000)
  expect([v.on, v.taking, v.known]).toEqual([false, false, false])
  expect(done).toEqual([])
  expect(changes).toEqual([])
  expect(machine.reads).toEqual([])
  expect(machine.waiting()).toBe(0)
})

test('is turned on and off at once, and stays so', async () => {
  const { volunteer: v, done, changes, config, machine } = await lending({}, false)
  expect(await v.change({ on: true })).toMatchObject({ on: true, taking: true, paused: [] })
  expect(done).toEqual(['start'])
  expect(await config()).toEqual({ port: 7, volunteer: true })
  expect(await v.change({ on: false })).toMatchObject({ on: false, taking: false, paused: [] })
  expect(done).toEqual(['start', 'finish'])
  await machine.pass(0)
  expect(done).toEqual(['start', 'finish', 'stop'])
  expect(changes).toEqual([true, false])
  expect(await config()).toEqual({ port: 7, volunteer: false })
  // Others that believed in it are told the truth.
  expect(v.known).toBe(true)
  expect(machine.waiting()).toBe(0)
})

test('calls that may finish keep the runner until they have', async () => {
  const { volunteer: v, done, load, machine } = await lending()
  load.busy = 1
  await v.change({ on: false })
  await machine.pass(10 * FINISH_LOOK_MS)
  expect(done).toEqual(['start', 'finish'])
  load.busy = 0
  await machine.pass(FINISH_LOOK_MS)
  expect(done).toEqual(['start', 'finish', 'stop'])
})

test('takes nothing from the moment that a detector says no, and tells at once', async () => {
  const { volunteer: v, machine, changes, done } = await lending()
  expect(changes).toEqual([true])
  void v.called()
  unplug(machine, true)
  // The next look is due within this; after it not a moment passes.
  await machine.pass(BUSY_LOOK_MS)
  expect(changes).toEqual([true, false])
  expect(v.taking).toBe(false)
  expect(done).toEqual(['start', 'finish'])
  expect((await v.status()).paused).toEqual(['the machine runs on battery'])
})

test('goes on with the same processes after a short pause, and with new ones after a long', async () => {
  const { machine, changes, done } = await lending({ running: 'abort' })
  unplug(machine, true)
  await machine.pass(CALM_LOOK_MS)
  unplug(machine, false)
  await machine.pass(CALM_MS + 2 * CALM_LOOK_MS)
  expect(changes).toEqual([true, false, true])
  expect(done).toEqual(['start', 'abort'])
  unplug(machine, true)
  await machine.pass(CALM_LOOK_MS + RELEASE_MS)
  expect(done).toEqual(['start', 'abort', 'abort', 'stop'])
  unplug(machine, false)
  await machine.pass(CALM_MS + 2 * CALM_LOOK_MS)
  expect(done).toEqual(['start', 'abort', 'abort', 'stop', 'start'])
  expect(changes.at(-1)).toBe(true)
})

test('processes that were started while the owner came back are given back, too', async () => {
  const { machine, done, broken } = await lending({ running: 'abort' })
  unplug(machine, true)
  await machine.pass(CALM_LOOK_MS + RELEASE_MS)
  expect(done).toEqual(['start', 'abort', 'stop'])
  const started = Promise.withResolvers<void>()
  broken.slow = started.promise
  unplug(machine, false)
  await machine.pass(CALM_MS + 2 * CALM_LOOK_MS)
  unplug(machine, true)
  await machine.pass(CALM_LOOK_MS)
  started.resolve()
  await machine.pass(RELEASE_MS)
  expect(done).toEqual(['start', 'abort', 'stop', 'start', 'stop'])
})

test('a machine that is short of disk keeps no further functions of others; one on battery does', async () => {
  const { volunteer: v, machine } = await lending()
  expect(v.keeps).toBe(true)
  unplug(machine, true)
  await machine.pass(CALM_LOOK_MS)
  expect([v.taking, v.keeps]).toEqual([false, true])
  machine.disk = 1e6
  await machine.pass(CALM_LOOK_MS)
  expect(v.keeps).toBe(false)
})

test('an owner who is there when the machine is to be lent is left alone: nothing is started', async () => {
  const { machine, done, changes, volunteer: v } = await lending({ when: 'idle:10m' })
  expect(done).toEqual(['start'])
  machine.commands.set('busctl', 'b false\nt 0\n')
  await machine.pass(CALM_LOOK_MS)
  expect(changes).toEqual([true, false])

  const there = await lending({ when: '01:00-02:00' })
  expect(there.done).toEqual([])
  expect((await there.volunteer.status()).paused).toEqual(['now is none of its hours (01:00-02:00)'])
  await there.volunteer.change({ set: { when: 'always' } })
  expect(there.changes).toEqual([true])
  expect((await v.status()).paused[0]).toContain('you are at the machine')
})

test('an owner who came back while nothing ran is seen before the first call is taken', async () => {
  const { machine, volunteer: v } = await lending({ when: 'idle:10m' })
  await machine.pass(BUSY_LOOK_MS)
  machine.commands.set('busctl', 'b false\nt 0\n')
  const [first, second] = [v.called(), v.called()]
  expect(v.taking).toBe(true)
  await Promise.all([first, second])
  expect(v.taking).toBe(false)
  expect(machine.now()).toBe(BUSY_LOOK_MS)
})

test('no call waits for that look for long, nor where one was just taken, nor where its owner’s presence is no matter', async () => {
  const { machine, volunteer: v } = await lending({ when: 'idle:10m' })
  await machine.pass(BUSY_LOOK_MS)
  for (const read of machine.reads) machine.hung.add(read)
  let over = false
  void v.called()?.then(() => (over = true))
  await machine.pass(FRESH_MAX_MS - 1)
  expect(over).toBe(false)
  await machine.pass(1)
  expect(over).toBe(true)
  expect(v.called()).toBeUndefined()
  const { machine: another, volunteer: always } = await lending()
  await another.pass(BUSY_LOOK_MS)
  expect(always.called()).toBeUndefined()
})

test('by hours it begins when its hour comes', async () => {
  const { machine, changes } = await lending({ when: '13:00-14:00' })
  await machine.pass(3_600_000 + CALM_LOOK_MS)
  expect(changes).toEqual([true])
  await machine.pass(3_600_000)
  expect(changes).toEqual([true, false])
})

test('more and less is lent while it runs', async () => {
  const on = await lending({ cores: '3', memory: '1GB' })
  expect(on.lent()).toEqual({ cores: 3, memoryMb: 1024, egress: { public: true, also: [] } })
  await on.volunteer.change({ set: { cores: '1', memory: 'auto', disk: '5MB' } })
  expect(on.lent()).toEqual({ cores: 1, egress: { public: true, also: [] } })
  expect(on.diskCap()).toBe(5 * 1024 ** 2)
  expect(await on.config()).toEqual({ port: 7, cores: 1, storeBytes: 5 * 1024 ** 2, lend: { memory: 'auto' } })
  expect(on.volunteer.taking).toBe(true)
  expect(on.done).toEqual(['start'])
})

test.each([
  [
    'more cores than the machine has',
    { cores: '999' },
    /^this machine has \d+$/,
    /^it takes all, or a number from 1 to \d+$/,
  ],
  ['less memory than any function may ask for', { memory: '31MB' }, /32 MB/, /from 32MB on$/],
])('%s cannot be lent, and nothing is changed', async (_name, set, why, fix) => {
  const on = await lending()
  const [[key, text] = []] = Object.entries(set)
  await expect(on.volunteer.change({ set })).rejects.toMatchObject({
    code: 'usage',
    message: `${key} cannot be "${text}"`,
    why: expect.stringMatching(why) as string,
    fix: expect.stringMatching(fix) as string,
  })
  expect(await on.config()).toEqual({ port: 7 })
  expect(on.lent()).toEqual({ cores: availableParallelism(), egress: { public: true, also: [] } })
  await on.volunteer.change({ set: { memory: '32MB', cores: String(availableParallelism()) } })
  expect(on.lent()).toMatchObject({ cores: availableParallelism(), memoryMb: 32 })
})

test('where functions’ own requests may go is changed while it runs, and kept', async () => {
  const on = await lending()
  await on.volunteer.change({ set: { egress: 'public, 10.1.2.3:8080' } })
  expect(on.lent()?.egress).toEqual({ public: true, also: [{ address: '10.1.2.3', prefix: 32, port: 8080 }] })
  expect((await on.volunteer.status()).settings['egress']).toBe('public,10.1.2.3:8080')
  await on.volunteer.change({ set: { egress: 'off' } })
  expect(on.lent()?.egress).toEqual({ public: false, also: [] })
  expect(await on.config()).toEqual({ port: 7, lend: { egress: 'off' } })
  await expect(on.volunteer.change({ set: { egress: 'everywhere' } })).rejects.toMatchObject({ code: 'usage' })
})

test('a peer without a runner looks at nothing, whatever is configured, and keeps what it is told', async () => {
  const { config, machine, changes, volunteer: v } = await lending({}, true, false)
  expect(machine.reads).toEqual([])
  expect(machine.waiting()).toBe(0)
  expect(await v.change({ on: false, set: { load: '25%' } })).toMatchObject({ on: false, taking: false })
  expect(await config()).toEqual({ port: 7, volunteer: false, lend: { load: '25%' } })
  expect(changes).toEqual([])
})

test('what cannot be read changes nothing, neither here nor in the file', async () => {
  const { volunteer: v, config } = await lending()
  await expect(v.change({ set: { battery: 'run', load: 'much' } })).rejects.toMatchObject({ code: 'usage' })
  expect((await v.status()).settings['battery']).toBe('pause')
  expect(await config()).toEqual({ port: 7 })
})

test('a runner that does not start is told to whoever turns it on, and is tried again', async () => {
  const { volunteer: v, broken } = await lending({}, false)
  broken.start = new HitherError('unsupported', 'no isolates here')
  await expect(v.change({ on: true })).rejects.toMatchObject({ message: 'no isolates here' })
  expect(v.taking).toBe(false)
  delete broken.start
  expect((await v.change({ on: true })).taking).toBe(true)
})

test('shows every detector, what it reads, and whether it is used', async () => {
  const { volunteer: v } = await lending()
  await settle()
  const { detectors } = await v.status()
  expect(detectors.map(({ name, works, used }) => [name, works, used])).toEqual([
    ['session', true, false],
    ['terminals', true, false],
    ['input', false, false],
    ['battery', true, true],
    ['load', true, false],
    ['memory', true, true],
    ['disk', true, true],
    ['metered', false, false],
  ])
  expect(detectors.find(({ name }) => name === 'battery')?.says).toBe('on mains')
  expect(detectors.find(({ name }) => name === 'input')?.says).toContain('not detected here: ')
})
