import { fileURLToPath } from 'node:url'
import type { CompleteCall, Deployed } from '@hither/peer'
import { expect, test } from 'vitest'
import { testNetwork } from '../support/network.ts'

const HELLO = fileURLToPath(new URL('../../examples/hello', import.meta.url))

const on = (host: number): { inside: string[] } => ({ inside: ['ip', 'netns', 'exec', `host${host}`] })

test('hosts on one LAN find each other by mDNS: what one deploys, another runs for a third', async () => {
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
