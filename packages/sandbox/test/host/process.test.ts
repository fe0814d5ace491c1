import { spawn, type ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { constants, getPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import type { Spawn } from '@hither/sandbox'
import { Launcher } from '../../src/host/launch/launcher.ts'
import { RELEASE_RETRY_MS, RELEASES_MAX } from '../../src/host/limits.ts'
import { startProcess } from '../../src/host/process.ts'
import { systemTimers } from '../../src/host/timers.ts'
import { FRAME } from '../../src/ipc/frames.ts'
import { bareMachine, bench, cpuMsOf, failure, handler, isAlive, makeJob, pidsOf, text, until } from './support.ts'
import { writtenRaw } from './written.ts'

const HELLO = handler(`return new Response('hello')`)

test('a sandbox process has nothing of its parent and the lowest priority', async () => {
  process.env['SANDBOX_TEST_SECRET'] = 'secret'
  const on = bench()
  await on.runner.start()
  const [pid = 0] = pidsOf(on)
  // Launchers set where they are.
  expect(readFileSync(`/proc/${pid}/environ`, 'latin1')).toMatch(/^(PWD=\/\0)?$/)
  // What it sees, which seen from here may be a folder.
  const root = readlinkSync(`/proc/${pid}/root`)
  expect(readlinkSync(`/proc/${pid}/cwd`)).toBe(root)
  const threads = readdirSync(`/proc/${pid}/task`).map(Number)
  expect(threads.length).toBeGreaterThan(1)
  for (const thread of threads) expect(getPriority(thread)).toBe(constants.priority.PRIORITY_LOW)
  // Files, pipes and sockets: the pipe, stdin, the bell, stderr, and /dev/null. The rest is what Node makes for itself.
  const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
  expect(open.filter((target) => target.startsWith('socket:'))).toHaveLength(4)
  // Node holds on to the root that it sees.
  const files = open.filter((target) => target.startsWith('/') && target !== root && !target.startsWith('/dev/'))
  expect(files).toEqual([])
})

test.each([
  ['stands still while it is suspended', true],
  ['runs on where it would stand still for ever if this process died', false],
])('a process that is told to %s', async (_, tethered) => {
  const machine = bareMachine()
  const launcher = new Launcher({ machine, timers: systemTimers, memoryMb: () => 1024, weakJail: false })
  const plain = launcher.launch('trusted')
  const launch = { ...plain, command: () => ({ ...plain.command(), tethered }) }
  const started = startProcess({ spawn, timers: systemTimers, launch })
  onTestFinished(() => started.kill())
  await started.ready
  const state = (): string => /\) (.)/.exec(readFileSync(`/proc/${started.pid}/stat`, 'latin1'))?.[1] ?? ''
  started.suspend()
  if (tethered) await until(() => state() === 'T')
  else expect(state()).not.toBe('T')
  started.resume()
  await until(() => state() !== 'T')
  started.suspend()
  started.kill()
  await started.exited
})

test('says what to do where isolated-vm cannot be loaded', async () => {
  // As if it were built for another Node.
  const broken: Spawn = (file, args, options) => spawn(file, [...args.slice(0, -1), import.meta.filename], options)
  const on = bench({}, { spawn: broken })
  const error = await failure(on.runner.start())
  expect(error).toMatchObject({ code: 'unsupported', message: 'isolated-vm cannot be loaded' })
  expect(error.fix).toContain('npm rebuild isolated-vm')
  expect((await failure(on.runner.run(await makeJob(HELLO)))).code).toBe('sandbox-crashed')
})

test.each([
  ['ends at once', ['-e', `console.error('out of luck'); process.exitCode = 3`], 'out of luck'],
  ['is not there', undefined, 'ENOENT'],
])('says why a process that %s cannot serve', async (_, args, why) => {
  const broken: Spawn = (file, __, options) => spawn(args === undefined ? '/no/such/node' : file, args ?? [], options)
  const error = await failure(bench({}, { spawn: broken }).runner.start())
  expect(error.code).toBe('internal')
  expect(error.why).toContain(why)
})

/** As `node:child_process` has it where this process has no more descriptors: without pipes, and it is said later. */
const noDescriptors: Spawn = () => {
  const child = new EventEmitter()
  process.nextTick(() => child.emit('error', new Error('spawn EMFILE')))
  return child as ChildProcess
}
const noMemory: Spawn = () => {
  throw new Error('spawn ENOMEM')
}

test.each([
  ['throws', noMemory, 'ENOMEM'],
  ['has no pipes', noDescriptors, 'EMFILE'],
])('a start that %s fails as any other, and costs no slot', async (_, fails, why) => {
  const failing = { count: 0 }
  const spawnAtTimes: Spawn = (...args) => {
    if (failing.count === 0) return spawn(...args)
    failing.count -= 1
    return fails(...args)
  }
  const on = bench({ slots: 2 }, { spawn: spawnAtTimes })
  failing.count = Infinity
  expect((await failure(on.runner.start())).why).toContain(why)
  for (let n = 0; n < 3; n += 1)
    expect(await failure(on.runner.run(await makeJob(HELLO)))).toMatchObject({ code: 'sandbox-crashed' })
  expect(on.runner.load()).toMatchObject({ busy: 0, queued: 0 })
  failing.count = 1
  // A call that was given the process that did not start is given another.
  expect(await text(on.runner.run(await makeJob(HELLO)))).toBe('hello')
})

test('the end of a process whose control group is busy is told, and the group removed later, or given up', async () => {
  const due: { ms: number; run: () => void }[] = []
  const timers = { after: (ms: number, run: () => void) => (due.push({ ms, run }), () => undefined) }
  const launcher = new Launcher({ machine: bareMachine(), timers, memoryMb: () => 1024, weakJail: false })
  let tries = 0
  const release = (): void => {
    tries += 1
    throw new Error('EBUSY')
  }
  const launch = { ...launcher.launch('trusted'), confine: async () => release }
  const started = startProcess({ spawn, timers, launch })
  await started.ready
  const told = new Promise((onExit) => started.hold({ onMessage: () => undefined, onExit }))
  started.kill()
  expect(await told).toContain('SIGKILL')
  await started.exited
  expect(tries).toBe(1)
  const retries = (): (() => void)[] => due.flatMap(({ ms, run }) => (ms === RELEASE_RETRY_MS ? [run] : []))
  // Each sets the next.
  for (let n = 0; n < retries().length; n += 1) retries()[n]?.()
  expect(tries).toBe(RELEASES_MAX)
})

test.each([
  ['no JSON', '{'],
  ['an error that is none', '{"error":7}'],
])('a process whose greeting is %s cannot serve', async (_, head) => {
  const bytes = Buffer.concat(writtenRaw(FRAME.ready, 0, Buffer.from(head))).toString('hex')
  const source = `new (require('node:net').Socket)({ fd: 3 }).on('error', () => {}).write(Buffer.from('${bytes}', 'hex'))`
  const broken: Spawn = (file, __, options) => spawn(file, ['-e', source], options)
  const error = await failure(bench({}, { spawn: broken }).runner.start())
  expect(error.why).toMatch(/^it broke the protocol: /)
})

test.each([
  ['idle', ''],
  ['in an endless loop', 'for (;;);'],
])('a process that is %s ends with its parent', async (_, body) => {
  const parent = spawn(
    process.execPath,
    ['--conditions=hither-source', fileURLToPath(new URL('parent.ts', import.meta.url)), body],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  onTestFinished(() => void parent.kill('SIGKILL'))
  const [line] = await new Promise<Buffer[]>((go) => parent.stdout.once('data', (...data: Buffer[]) => go(data)))
  const pids = String(line).trim().split(' ').map(Number)
  expect(pids.length).toBeGreaterThan(0)
  expect(pids.filter(isAlive)).toEqual(pids)
  if (body !== '') await until(() => pids.some((pid) => cpuMsOf(pid) > 500))
  parent.kill('SIGKILL')
  await until(() => !pids.some(isAlive))
})
