import { fileURLToPath } from 'node:url'
import type { CompleteCall, Deployed, JoinedNetwork, Status } from '@hither/peer'
import { expect, test } from 'vitest'
import { connect } from '../packages/sdk/src/index.ts'
import { joining, testNetwork, type TestNetwork } from './support/network.ts'

const HELLO = fileURLToPath(new URL('../examples/hello', import.meta.url))

async function invitation(net: TestNetwork, name: string): Promise<string> {
  return (await net.json<{ invitation: string }>(name, ['network', 'show', '--invite'])).invitation
}

test('who is invited deploys to a closed network and calls in it; who is not cannot even connect', async () => {
  const net = await testNetwork()
  await net.json('runner', ['network', 'create', 'shop'])
  const runner = await net.up('runner', ['--volunteer', '--trust', await net.publisher('dev')])
  const { network } = await net.json<Status>('runner', ['status'])
  expect(network).toMatchObject({ label: 'shop' })
  const invite = await invitation(net, 'runner')

  const joined = await net.json<JoinedNetwork>('dev', ['network', 'join'], { stdin: invite })
  expect(joined).toMatchObject({ ...network, reached: [expect.stringContaining('/ip4/127.0.0.1/tcp/')], failed: [] })
  // The invitation's addresses are enough from now on.
  expect(await net.json('dev', ['peers', '--no-mdns'])).toMatchObject([{ peer: runner.status.peer }])
  const deployed = await net.json<Deployed>('dev', ['deploy', HELLO, '--no-mdns'])
  expect(deployed.keptBy).toEqual([runner.status.peer])
  const answer = await net.json<CompleteCall>('dev', ['invoke', 'hello', '--no-mdns'])
  expect(answer).toMatchObject({ status: 200, peer: runner.status.peer })
  expect(await net.json('dev', ['id'])).toMatchObject({ network })
  expect((await net.fn('dev', ['status'])).stdout).toContain('"shop"')

  await using app = await connect({ home: net.home('dev'), via: 'light', mdns: false })
  expect((await app.fetch('hello')).status).toBe(200)

  for (const args of [['peers'], ['invoke', deployed.cid], ['invoke', deployed.name]]) {
    const error = await net.error('outsider', [...args, ...joining(runner)])
    expect(error, args.join(' ')).toMatchObject({ exitCode: 1, name: 'WrongNetwork', code: 'wrong-network' })
    expect(error.fix).toContain('fn network join')
  }
  await net.json('other', ['network', 'create', 'shop'])
  expect(await net.error('other', ['peers', ...joining(runner)])).toMatchObject({ code: 'wrong-network' })
  expect(await net.json<object[]>('outsider', ['list'])).toEqual([])
  expect(await net.json<Status>('runner', ['status'])).toMatchObject({ calls: { served: 2, refused: 0 } })
})

test('a peer of a closed network that is told of one outside does not connect to it either', async () => {
  const net = await testNetwork()
  const outside = await net.up('outside', ['--volunteer'])
  await net.json('inside', ['network', 'create'])
  expect(await net.error('inside', ['peers', ...joining(outside)])).toMatchObject({ code: 'wrong-network' })
  expect(await net.json<object[]>('outside', ['peers'])).toEqual([])
})

test('a wrong invitation, a network where nobody is, and one of others are told apart', async () => {
  const net = await testNetwork()
  await net.json('one', ['network', 'create', 'shop'])
  const peer = await net.up('one')
  const invite = await invitation(net, 'one')

  const short = await net.error('two', ['network', 'join', invite.slice(0, -20)])
  expect(short).toMatchObject({ exitCode: 1, name: 'BadInvitation', why: expect.stringContaining('too short') })
  const typo = invite.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'))
  expect(await net.error('two', ['network', 'join', typo])).toMatchObject({ why: expect.stringContaining('checksum') })
  expect(await net.json('two', ['network', 'show'])).toMatchObject({ network: null })

  await peer.end('SIGKILL')
  const noAddress = await net.error('two', ['network', 'create', 'shop', '--address', '/ip4/1.2.3.4'])
  expect(noAddress).toMatchObject({ exitCode: 2, code: 'usage' })
  expect(await net.json('two', ['network', 'show'])).toMatchObject({ network: null })
  const saved = await net.fn('two', ['network', 'join', invite])
  expect(saved).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('nobody of it answers at /ip4/127.0.0.1/tcp/'),
  })
  expect(await net.json('two', ['network', 'show'])).toMatchObject({ network: { label: 'shop' } })

  // The same address, and somebody else there now.
  await net.json('one', ['network', 'leave'])
  const port = Number(/tcp\/(\d+)/.exec(saved.stdout)?.[1])
  await net.upAt('one', port, [])
  const refused = await net.error('three', ['network', 'join', invite])
  expect(refused).toMatchObject({ exitCode: 1, name: 'WrongNetwork', message: expect.stringContaining('"shop"') })
  expect(await net.json('three', ['network', 'show'])).toMatchObject({ network: null })
})

test('a running peer stays in its network until it is started again, and the command says so', async () => {
  const net = await testNetwork()
  const peer = await net.up('one')
  const made = await net.fn('one', ['network', 'create', 'shop'])
  expect(made.stderr).toContain('still in the open network')
  expect(made.stdout).toMatch(/^hither1:[a-z2-7-]+\n$/)
  const before = await net.json<{ network: object; running: object }>('one', ['network', 'show'])
  expect(before).toMatchObject({ network: { label: 'shop' }, running: { network: null } })
  // No address of a peer that is not in the network goes into an invitation to it.
  expect(await net.json('one', ['network', 'show', '--invite'])).toMatchObject({ addresses: [] })
  await peer.end('SIGTERM')
  await net.up('one')
  const after = await net.json<{ running: object }>('one', ['network', 'show'])
  expect(after).toMatchObject({ running: { network: { label: 'shop' } } })
  expect((await net.fn('one', ['network', 'leave'])).stderr).toContain('still in "shop"')
})

test('an invitation is shown only when it is asked for, and no log has any of it', async () => {
  const net = await testNetwork()
  const { invitation: secret } = await net.json<{ invitation: string }>('one', ['network', 'create', 'shop'])
  const key = secret.replace('hither1:', '').split('-').slice(2, 10)
  const options = { env: { HITHER_LOG: 'trace' } }
  const said = await Promise.all(
    [['network'], ['status'], ['id'], ['peers', '--no-mdns'], ['network', 'join', secret]].flatMap((args) => [
      net.fn('one', args, options),
      net.fn('one', [...args, '--json'], options),
    ]),
  )
  for (const { stdout, stderr } of said) for (const group of key) expect(stdout + stderr).not.toContain(group)
})
