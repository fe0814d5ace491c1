import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism, constants, getPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { CompleteCall, ListedPeer, Status, VolunteerStatus } from '@hither/peer'
import { expect, onTestFinished, test } from 'vitest'
import type { RunningPeer } from '../examples/demo/fn.ts'
import { controlOf, joining, testNetwork, type TestNetwork } from './support/network.ts'

const SLOW = fileURLToPath(new URL('handlers/slow.ts', import.meta.url))
const HELLO = fileURLToPath(new URL('../examples/hello', import.meta.url))

/** More than any machine has: who wants to keep it free does not work. */
const ALL_MEMORY = { set: { 'keep-memory': '999999GB' } }

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('waited 20 s in vain')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Two runners, a nearer than b, and a caller that stays. */
async function twoRunners(net: TestNetwork, entry: string): Promise<{ a: RunningPeer; b: RunningPeer }> {
  const dev = await net.publisher('dev')
  const log = { env: { HITHER_LOG: 'info' } }
  const start = (name: string): Promise<RunningPeer> => net.up(name, ['--volunteer', '--trust', dev], log)
  const [a, b] = await Promise.all([start('a'), start('b')])
  await net.json('dev', ['deploy', entry, ...joining(a, b)])
  await net.up('dev', joining(a, b))
  await until(async () => (await net.json<ListedPeer[]>('dev', ['peers'])).filter(({ state }) => state).length === 2)
  return { a, b }
}

function started(runner: RunningPeer): number {
  return runner.stderr().match(/started (GET|POST)/g)?.length ?? 0
}

/** Processes that a process has started and that live, and theirs: a sandbox may stand behind a launcher. */
function children({ pid }: { pid: number }): number[] {
  const own = threadsOf(pid).flatMap((thread) => read(`/proc/${pid}/task/${thread}/children`).split(' ').map(Number))
  return own.filter((one) => one > 0).flatMap((one) => [one, ...children({ pid: one })])
}

function threadsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number)
  } catch {
    // It has ended meanwhile.
    return []
  }
}

/** Empty where its process has ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

test('turned off, a runner is called no more and what comes anyway is refused; turned on, it works again', async () => {
  const net = await testNetwork()
  const { a, b } = await twoRunners(net, HELLO)
  const prefer = ['invoke', 'hello', '--prefer', a.status.peer]
  expect(await net.json('dev', prefer)).toMatchObject({ peer: a.status.peer })

  expect(await net.json<VolunteerStatus>('a', ['volunteer', 'off'])).toMatchObject({ on: false, taking: false })
  expect(await net.json('dev', prefer)).toMatchObject({ peer: b.status.peer })
  // Nobody else is there for one that calls only this one; of the other it hears.
  const only = ['--avoid', b.status.peer, ...joining(a)]
  const stranger = await net.error('dev2', ['invoke', `${await net.publisher('dev')}/hello`, ...only])
  expect(stranger.code).toBe('no-runner')
  await until(() => children(a).length === 0)

  expect(await net.json<VolunteerStatus>('a', ['volunteer', 'on'])).toMatchObject({ on: true, taking: true })
  await until(async () => (await net.json<CompleteCall>('dev', prefer)).peer === a.status.peer)
  const config: unknown = JSON.parse(readFileSync(`${net.home('a')}/config/config.json`, 'utf8'))
  expect(config).toEqual({ volunteer: true })
})

test('a peer that does not volunteer has no process beside it, and can be told to lend at any time', async () => {
  const net = await testNetwork()
  const peer = await net.up('owner')
  expect(children(peer)).toEqual([])
  expect((await net.json<Status>('owner', ['status'])).runner).toBeUndefined()
  await net.json('owner', ['volunteer', 'set', 'cores=1', 'disk=64MB'])
  await net.json('owner', ['volunteer', 'on'])
  await net.json('owner', ['deploy', HELLO])
  expect(await net.json('owner', ['invoke', 'hello'])).toMatchObject({ peer: peer.status.peer })
  const { runner, store } = await net.json<Status>('owner', ['status'])
  expect(runner).toMatchObject({ slots: 32, accepting: true })
  expect(store.capBytes).toBe(64 * 1024 ** 2)
  // More than the machine has is not lent.
  const cores = Math.min(2, availableParallelism())
  await net.json('owner', ['volunteer', 'set', `cores=${cores}`])
  expect((await net.json<Status>('owner', ['status'])).runner?.slots).toBe(32 * cores)
  // Every thread of every sandbox yields to the owner's programs, from when it is ready on.
  const isSandbox = (pid: number): boolean => read(`/proc/${pid}/cmdline`).includes('--no-node-snapshot')
  const threads = (): number[] => children(peer).filter(isSandbox).flatMap(threadsOf)
  expect(threads().length).toBeGreaterThan(2)
  await until(() => threads().every((thread) => getPriority(thread) === constants.priority.PRIORITY_LOW))
})

test('an owner who is back ends what runs: what may be repeated runs elsewhere, and what may not says so', async () => {
  const net = await testNetwork()
  const { a, b } = await twoRunners(net, SLOW)
  await net.json('a', ['volunteer', 'set', 'running=abort'])
  await net.json('b', ['volunteer', 'off'])
  // The start of a command may take longer than what runs.
  const owner = await controlOf(a)
  const call = (...more: string[]): string[] => ['invoke', 'slow', '--prefer', a.status.peer, ...more]

  const post = net.error('dev', call('--data', 'x'))
  await until(() => started(a) === 1)
  const paused = await owner.volunteer(ALL_MEMORY)
  expect(paused).toMatchObject({ on: true, taking: false })
  expect(paused.paused.join()).toContain('of memory are free')
  expect(await post).toMatchObject({ exitCode: 1, code: 'interrupted' })

  await net.json('a', ['volunteer', 'set', 'keep-memory=off'])
  await net.json('b', ['volunteer', 'on'])
  await until(async () => (await net.json<ListedPeer[]>('dev', ['peers'])).every(({ state }) => state?.accepting))
  const get = net.json<CompleteCall>('dev', call())
  await until(() => started(a) === 2)
  await owner.volunteer(ALL_MEMORY)
  const answer = await get
  expect(answer).toMatchObject({ status: 200, peer: b.status.peer })
  expect(answer.attempts).toMatchObject([{ outcome: 'interrupted' }, { outcome: 'answered' }])
  expect([started(a), started(b)]).toEqual([2, 1])
})

test('or lets it finish, and takes nothing more meanwhile', async () => {
  const net = await testNetwork()
  const { a, b } = await twoRunners(net, SLOW)
  const owner = await controlOf(a)
  const running = net.json<CompleteCall>('dev', ['invoke', 'slow', '--prefer', a.status.peer])
  await until(() => started(a) === 1)
  expect(await owner.volunteer(ALL_MEMORY)).toMatchObject({ taking: false, running: 1 })
  expect(await net.json('dev', ['invoke', 'slow', '--prefer', a.status.peer])).toMatchObject({ peer: b.status.peer })
  expect(await running).toMatchObject({ status: 200, peer: a.status.peer })
})

test('pauses while another program needs the processors', async () => {
  const net = await testNetwork()
  const peer = await net.up('owner', ['--volunteer'])
  const burner = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' })
  onTestFinished(() => void burner.kill('SIGKILL'))
  await net.json('owner', ['volunteer', 'set', 'load=1%'])
  await until(async () => !(await net.json<VolunteerStatus>('owner', ['volunteer'])).taking)
  const { paused, detectors } = await net.json<VolunteerStatus>('owner', ['volunteer'])
  expect(paused.join()).toContain('other programs use')
  expect(detectors.find(({ name }) => name === 'load')).toMatchObject({ works: true, used: true })
  expect(peer.stderr()).toBe('')
})

test('with no peer running the configuration is changed, and what cannot be read is refused', async () => {
  const net = await testNetwork()
  const status = await net.json<VolunteerStatus>('home', ['volunteer', 'set', 'when=22:00-07:00,mon-fri', 'load=25%'])
  expect(status).toMatchObject({ on: false, settings: { when: '22:00-07:00,mon,tue,wed,thu,fri', load: '25%' } })
  expect(await net.json('home', ['volunteer', 'on'])).toMatchObject({ on: true, runs: false })
  const { stdout } = await net.fn('home', ['volunteer'])
  expect(stdout).toContain('lends      on')
  expect(stdout).toContain('no peer runs')
  expect(stdout).toContain('22:00-07:00,mon,tue,wed,thu,fri')
  const wrong = await net.error('home', ['volunteer', 'set', 'load=lots'])
  expect(wrong).toMatchObject({ exitCode: 2, code: 'usage' })
  expect(wrong.fix).toContain('25%')
  expect(await net.error('home', ['volunteer', 'perhaps'])).toMatchObject({ exitCode: 2 })
})
