import { fileURLToPath } from 'node:url'
import type { Deployed } from '@hither/peer'
import { expect, test } from 'vitest'
import { joining, testNetwork } from './support/network.ts'

const HELLO = fileURLToPath(new URL('../examples/hello', import.meta.url))

test('a runner neither stores nor runs a stranger’s code until its owner trusts the key, and then at once', async () => {
  const net = await testNetwork()
  const dev = await net.publisher('dev')
  const runner = await net.up('runner', ['--volunteer'])

  const refused = await net.json<Deployed>('dev', ['deploy', HELLO, ...joining(runner)])
  expect(refused.keptBy).toEqual([])
  expect(refused.notKeptBy).toMatchObject([{ peer: runner.status.peer, code: 'not-admitted' }])
  expect(await net.json('runner', ['status'])).toMatchObject({ store: { count: 0 }, names: 0 })

  const error = await net.error('dev', ['invoke', 'hello', ...joining(runner)])
  expect(error).toMatchObject({ exitCode: 1, name: 'NoRunner', code: 'no-runner' })
  expect(error.data?.['tried']).toMatchObject([{ peer: runner.status.peer, code: 'not-admitted' }])
  expect(error.fix).toContain(`fn trust add ${dev}`)

  await net.json('runner', ['trust', 'add', dev])
  expect(await net.json('dev', ['invoke', 'hello', ...joining(runner)])).toMatchObject({ status: 200 })
  await net.json('runner', ['trust', 'remove', dev])
  expect(await net.error('dev', ['invoke', 'hello', ...joining(runner)])).toMatchObject({ code: 'no-runner' })
})

test('a caller cannot borrow a trusted publisher’s name for its own code', async () => {
  const net = await testNetwork()
  const friend = await net.publisher('friend')
  const runner = await net.up('runner', ['--volunteer', '--trust', friend])
  const own = await net.json<Deployed>('mallory', ['deploy', HELLO, ...joining(runner)])
  const error = await net.error('mallory', ['invoke', own.cid, ...joining(runner)])
  expect(error.data?.['tried']).toMatchObject([{ code: 'not-admitted' }])
})

test('--anyone runs whatever comes, also by CID alone', async () => {
  const net = await testNetwork()
  const runner = await net.up('runner', ['--volunteer', '--anyone'])
  const { cid, keptBy } = await net.json<Deployed>('dev', ['deploy', HELLO, ...joining(runner)])
  expect(keptBy).toEqual([runner.status.peer])
  expect(await net.json('someone', ['invoke', cid, ...joining(runner)])).toMatchObject({ status: 200 })
})

test('a peer that does not volunteer runs nothing for others', async () => {
  const net = await testNetwork()
  const idle = await net.up('idle')
  await net.json('dev', ['deploy', HELLO, ...joining(idle)])
  const error = await net.error('dev', ['invoke', 'hello', ...joining(idle)])
  expect(error).toMatchObject({ name: 'NoRunner' })
  expect(error.why).toContain('it has not offered to run anything')
})
