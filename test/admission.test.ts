import { fileURLToPath } from 'node:url'
import type { Deployed } from '@hither/peer'
import { expect, test } from 'vitest'
import { controlOf, joining, testNetwork } from './support/network.ts'

const HELLO = fileURLToPath(new URL('../examples/hello', import.meta.url))
const ERRAND = fileURLToPath(new URL('handlers/errand.ts', import.meta.url))

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

test('caps and denials hold at once on a running peer, each refusal says which rule, and what runs may finish', async () => {
  const net = await testNetwork()
  const dev = await net.publisher('dev')
  const log = { env: { HITHER_LOG: 'info' } }
  const runner = await net.up('runner', ['--volunteer'], log)
  await net.json('runner', ['alias', 'add', 'dev', dev])
  await net.json('runner', ['trust', 'add', 'dev', '--calls', '1', '--weight', '2'])
  await net.json('dev', ['deploy', ERRAND, '--name', 'errand', ...joining(runner)])
  const caller = await net.up('dev', joining(runner))
  const control = await controlOf(caller)
  const call = (errand: string, ms: number): string[] => ['invoke', 'errand', '--path', `/?id=${errand}&ms=${ms}`]

  const long = net.json('dev', call('long', 8000))
  await expect.poll(() => runner.stderr(), { timeout: 30_000 }).toContain('begun long.')
  // Until a command has started the long one may be over.
  await expect(control.call({ target: 'errand', path: '/?id=second' })).rejects.toMatchObject({
    code: 'no-runner',
    why: expect.stringContaining('its cap is 1 calls at once of one publisher'),
    data: { tried: [{ peer: runner.status.peer, code: 'busy' }] },
  })

  await net.json('runner', ['trust', 'add', 'dev', '--calls', '2'])
  expect(await net.json('dev', call('third', 0))).toMatchObject({ status: 200 })
  const { rules } = await net.json<{ rules: object[] }>('runner', ['trust', 'list'])
  expect(rules).toEqual([{ who: dev, alias: 'dev', may: 'run', calls: 2, weight: 1, profile: 'trusted' }])

  await net.json('runner', ['trust', 'deny', caller.status.peer])
  const denied = await net.error('dev', call('fourth', 0))
  expect(denied.data?.['tried']).toMatchObject([{ code: 'not-admitted' }])
  expect(denied.why).toContain(`takes no calls of ${caller.status.peer}`)
  expect(await long).toMatchObject({ status: 200 })

  await net.json('runner', ['trust', 'remove', caller.status.peer])
  expect((await net.fn('runner', ['trust'])).stdout).toMatch(/dev \(k\w+\) +run +2 +- +- +- +1 +trusted/)
  expect(runner.stderr()).not.toMatch(/begun (second|fourth)/)
})
