import { existsSync } from 'node:fs'
import { Agent, request, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { readWhole } from '@hither/core'
import { homePaths, type ControlClient } from '@hither/peer'
import { expect, onTestFinished, test } from 'vitest'
import type { RunningPeer } from '../examples/demo/fn.ts'
import { childrenOf, isAlive } from './support/processes.ts'
import { controlOf, joining, testNetwork, type TestNetwork } from './support/network.ts'

const APP = fileURLToPath(new URL('handlers/app.ts', import.meta.url))
const FAULTS = fileURLToPath(new URL('handlers/faults.ts', import.meta.url))
const ERRAND = fileURLToPath(new URL('handlers/errand.ts', import.meta.url))
const LONG = ['invoke', 'errand', '--path', '/?ms=60000', '-X', 'POST']
const patient = { timeout: 20_000, interval: 20 }

/** A runner that a caller, `dev`, knows, with a function deployed to it. */
async function runnerWith(entry: string, args: string[] = []): Promise<{ net: TestNetwork; runner: RunningPeer }> {
  const net = await testNetwork()
  const dev = await net.publisher('dev')
  const runner = await net.up('runner', ['--volunteer', '--trust', dev, ...args])
  await net.json('dev', ['deploy', entry, ...joining(runner)])
  return { net, runner }
}

async function busy(peer: RunningPeer): Promise<void> {
  const control = await controlOf(peer)
  await expect.poll(async () => (await control.status()).runner?.busy, patient).toBe(1)
}

async function leftNothing(peer: RunningPeer, sandboxes: number[]): Promise<void> {
  await expect.poll(() => sandboxes.filter(isAlive), patient).toEqual([])
  expect(existsSync(homePaths(peer.home).socket)).toBe(false)
}

/** A call that runs until it is let go, and then echoes what it was sent. */
async function held(control: ControlClient, prefer: string[]): Promise<{ letGo: () => void; echoed: Promise<string> }> {
  const gone = Promise.withResolvers<void>()
  async function* body(): AsyncGenerator<Uint8Array> {
    yield new TextEncoder().encode('held')
    await gone.promise
  }
  const answer = await control.call({ target: 'app', path: '/echo', method: 'POST', body: body(), prefer })
  return { letGo: gone.resolve, echoed: readWhole(answer.body).then((bytes) => new TextDecoder().decode(bytes)) }
}

test('fn down lets what runs finish, sends what comes elsewhere, and tells how it went', async () => {
  const { net, runner } = await runnerWith(APP)
  const other = await net.up('other', ['--volunteer', '--trust', await net.publisher('dev')])
  await net.json('dev', ['deploy', APP, ...joining(runner, other)])
  const dev = await controlOf(await net.up('dev', joining(runner, other)))
  const prefer = [runner.status.peer]
  const call = await held(dev, prefer)
  const sandboxes = childrenOf(runner.pid)
  expect(sandboxes.length).toBeGreaterThan(0)
  const down = net.json('runner', ['down'])
  const control = await controlOf(runner)
  await expect.poll(async () => (await control.status()).draining, patient).toBe(true)
  const later = await dev.call({ target: 'app', path: '/nothing', method: 'POST', prefer })
  expect(later.peer).toBe(other.status.peer)
  call.letGo()
  expect(await call.echoed).toBe('held')
  expect(await down).toEqual({ ended: true, finished: 1, cut: 0 })
  expect(await runner.end()).toBe(0)
  await leftNothing(runner, sandboxes)
})

test('what does not end is cut when the time is up; where no peer runs, fn down says so', async () => {
  const { net, runner } = await runnerWith(ERRAND, ['--grace', '300ms'])
  const sandboxes = childrenOf(runner.pid)
  const call = net.error('dev', [...LONG, ...joining(runner)])
  await busy(runner)
  const { code, stdout } = await net.fn('runner', ['down'])
  expect([code, stdout]).toEqual([0, 'the peer has ended; 0 calls finished, 1 was cut\n'])
  expect(await runner.end()).toBe(0)
  expect(await call).toMatchObject({ code: 'sandbox-crashed', message: expect.stringContaining('stopped') })
  await leftNothing(runner, sandboxes)
  expect(await net.fn('runner', ['down'])).toMatchObject({ code: 0, stdout: 'no peer was running\n' })
})

test('fn down --now cuts what another fn down would wait for', async () => {
  const { net, runner } = await runnerWith(ERRAND)
  const call = net.error('dev', [...LONG, ...joining(runner)])
  await busy(runner)
  const first = net.json('runner', ['down'])
  await expect.poll(async () => (await (await controlOf(runner)).status()).draining, patient).toBe(true)
  expect(await net.json('runner', ['down', '--now'])).toEqual({ ended: true, finished: 0, cut: 1 })
  expect(await first).toEqual({ ended: true, finished: 0, cut: 1 })
  expect(await runner.end()).toBe(0)
  expect(await call).toMatchObject({ exitCode: 1 })
})

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('a second %s ends at once, with the code that shells give it', async (signal, code) => {
  const { net, runner } = await runnerWith(FAULTS)
  const sandboxes = childrenOf(runner.pid)
  const call = net.error('dev', ['invoke', 'faults', '--path', '/forever', '-X', 'POST', ...joining(runner)])
  await busy(runner)
  const ended = runner.end(signal)
  await expect.poll(async () => (await (await controlOf(runner)).status()).draining, patient).toBe(true)
  await runner.end(signal)
  expect(await ended).toBe(code)
  expect(await call).toMatchObject({ exitCode: 1, code: 'link-lost' })
  await leftNothing(runner, sandboxes)
})

test('of a peer that was killed no process stays, and what is left of it is in nobody’s way', async () => {
  const { net, runner } = await runnerWith(FAULTS)
  const call = net.error('dev', ['invoke', 'faults', '--path', '/forever', '-X', 'POST', ...joining(runner)])
  await busy(runner)
  const sandboxes = childrenOf(runner.pid)
  await runner.end('SIGKILL')
  expect(await call).toMatchObject({ code: 'link-lost' })
  await expect.poll(() => sandboxes.filter(isAlive), patient).toEqual([])
  expect(await net.fn('runner', ['down'])).toMatchObject({ code: 0, stdout: 'no peer was running\n' })
  const again = await net.up('runner', ['--volunteer'])
  expect(again.status.peer).toBe(runner.status.peer)
})

test('a peer that ends lets the calls of its own user end, also by HTTP, and takes no more of them', async () => {
  const { net, runner } = await runnerWith(APP)
  const dev = await net.up('dev', joining(runner))
  const control = await controlOf(dev)
  const agent = new Agent({ keepAlive: true })
  onTestFinished(() => agent.destroy())
  const url = `${dev.status.gateway}/fn/app/echo`
  // Leaves a connection open that has nothing to do.
  const [first] = (await once(request(url, { agent }).end(), 'response')) as [IncomingMessage]
  await text(first)
  const own = await held(control, [])
  const asked = request(url, { agent, method: 'POST' })
  asked.write('by HTTP')
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  const ended = dev.end('SIGTERM')
  await expect.poll(async () => (await control.status()).draining, patient).toBe(true)
  await expect(control.call({ target: 'app' })).rejects.toMatchObject({ code: 'draining' })
  await expect(once(request(url, { agent }).end(), 'response')).rejects.toThrow('ECONNREFUSED')
  asked.end()
  own.letGo()
  expect(await text(answer)).toBe('by HTTP')
  expect(await own.echoed).toBe('held')
  expect(await ended).toBe(0)
})
