import { fileURLToPath } from 'node:url'
import type { CompleteCall, Deployed } from '@hither/peer'
import { expect, test } from 'vitest'
import { testNetwork } from '../support/network.ts'
import { inMs, tell } from './support/figures.ts'
import { lan, on } from './support/lan.ts'

const HELLO = fileURLToPath(new URL('../../examples/hello', import.meta.url))

test('hosts on one LAN find each other by mDNS: what one deploys, another runs for a third', async () => {
  await lan()
  const net = await testNetwork()
  const dev = await net.publisher('dev')
  const runner = await net.upOnLan('runner', ['--volunteer', '--trust', dev], on(1))
  expect(runner.status.addresses).toEqual([`/ip4/10.231.7.1/tcp/4248/p2p/${runner.status.peer}`])

  const deployed = await net.json<Deployed>('dev', ['deploy', HELLO], on(2))
  expect(deployed.keptBy).toEqual([runner.status.peer])

  await net.json('caller', ['alias', 'add', 'dev', dev])
  const answer = await net.json<CompleteCall>('caller', ['invoke', 'dev/hello'], on(3))
  expect(answer).toMatchObject({ status: 200, peer: runner.status.peer })
})

test('two running peers find each other whichever starts first, and again after one restarts', async () => {
  await lan()
  const net = await testNetwork()
  const linked = async (name: string): Promise<string[]> =>
    (await net.json<{ peer: string }[]>(name, ['peers'])).map(({ peer }) => peer)
  const first = await net.upOnLan('first', [], on(1))
  const second = await net.upOnLan('second', [], on(2))
  await expect.poll(() => linked('first'), { timeout: 10_000 }).toEqual([second.status.peer])
  await second.end('SIGKILL')
  await expect.poll(() => linked('first'), { timeout: 10_000 }).toEqual([])
  await net.upOnLan('second', [], on(2))
  await expect.poll(() => linked('first'), { timeout: 20_000 }).toEqual([second.status.peer])
  expect(await linked('second')).toEqual([first.status.peer])
})

test('hosts that were cut off from each other find each other again', async () => {
  const between = await lan()
  const net = await testNetwork()
  const dev = await net.publisher('dev')
  const runner = await net.upOnLan('runner', ['--volunteer', '--trust', dev], on(1))
  await net.upOnLan('dev', [], on(2))
  const links = async (): Promise<number[]> =>
    Promise.all(['runner', 'dev'].map(async (name) => (await net.json<object[]>(name, ['peers'])).length))
  await expect.poll(links, { timeout: 10_000 }).toEqual([1, 1])
  // A link that was just in use is missed at once, an idle one later.
  await net.json('dev', ['deploy', HELLO])
  await between.cut('1-2')
  await expect.poll(links, { timeout: 10_000 }).toEqual([0, 0])
  await between.heal()
  const healedAt = performance.now()
  await expect.poll(links, { timeout: 30_000 }).toEqual([1, 1])
  tell(`hosts found each other by mDNS ${inMs(performance.now() - healedAt)} after the heal`)
  expect(await net.json('dev', ['invoke', 'hello'])).toMatchObject({ status: 200, peer: runner.status.peer })
})

test('peers of closed networks find their own by mDNS, and nobody else', async () => {
  await lan()
  const net = await testNetwork()
  const { invitation } = await net.json<{ invitation: string }>('one', ['network', 'create', 'shop'])
  await net.json('two', ['network', 'join', invitation])
  await net.json('other', ['network', 'create', 'shop'])
  const one = await net.upOnLan('one', [], on(1))
  const two = await net.upOnLan('two', [], on(2))
  await net.upOnLan('other', [], on(3))
  const linked = async (name: string): Promise<string[]> =>
    (await net.json<{ peer: string }[]>(name, ['peers'])).map(({ peer }) => peer)
  await expect.poll(() => linked('two'), { timeout: 10_000 }).toEqual([one.status.peer])
  expect(await linked('other')).toEqual([])
  expect(await linked('one')).toEqual([two.status.peer])
})
