import { fileURLToPath } from 'node:url'
import type { CompleteCall, Deployed, Status } from '@hither/peer'
import { expect, onTestFinished, test } from 'vitest'
import { delayProxy } from '../examples/demo/delay-proxy.ts'
import { joining, testNetwork, type TestNetwork } from './support/network.ts'
import type { RunningPeer } from '../examples/demo/fn.ts'

const SLOW = fileURLToPath(new URL('handlers/slow.ts', import.meta.url))
const HELLO = fileURLToPath(new URL('../examples/hello', import.meta.url))

/** How often handlers started on these runners, by what they logged. */
function started(...runners: RunningPeer[]): number {
  return runners.reduce((sum, runner) => sum + (runner.stderr().match(/started (GET|POST)/g)?.length ?? 0), 0)
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('waited 20 s in vain')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function twoRunners(net: TestNetwork): Promise<{ runners: RunningPeer[]; caller: RunningPeer }> {
  const dev = await net.publisher('dev')
  const log = { env: { HITHER_LOG: 'info' } }
  const a = await net.up('a', ['--volunteer', '--trust', dev], log)
  const b = await net.up('b', ['--volunteer', '--trust', dev, ...joining(a)], log)
  await net.json('dev', ['deploy', SLOW, ...joining(a, b)])
  const caller = await net.up('dev', joining(a, b))
  await until(async () => (await net.json<object[]>('dev', ['peers'])).length === 2)
  return { runners: [a, b], caller }
}

async function killWhoRuns(runners: RunningPeer[]): Promise<void> {
  await until(() => started(...runners) === 1)
  await runners.find((runner) => started(runner) === 1)?.end('SIGKILL')
}

test('a GET whose runner dies under it runs again elsewhere', async () => {
  const net = await testNetwork()
  const { runners } = await twoRunners(net)
  const call = net.json<CompleteCall>('dev', ['invoke', 'slow'])
  await killWhoRuns(runners)
  const answer = await call
  expect(answer).toMatchObject({ status: 200, body: 'done' })
  expect(answer.attempts).toMatchObject([{ outcome: 'link-lost' }, { outcome: 'answered' }])
  expect(started(...runners)).toBe(2)
})

test('an undeclared POST whose runner dies under it runs at most once', async () => {
  const net = await testNetwork()
  const { runners } = await twoRunners(net)
  const call = net.error('dev', ['invoke', 'slow', '--data', 'x'])
  await killWhoRuns(runners)
  expect(await call).toMatchObject({ exitCode: 1, code: 'link-lost' })
  expect(started(...runners)).toBe(1)
})

test('the nearest runner answers, and when it is gone the next nearest', async () => {
  const net = await testNetwork()
  const dev = await net.publisher('dev')
  const far = await delayProxy(40)
  onTestFinished(() => far.close())
  const lends = ['--volunteer', '--trust', dev]
  const [near, away] = await Promise.all([
    net.up('near', lends),
    net.up('away', [...lends, '--announce', `/ip4/127.0.0.1/tcp/${far.port}`]),
  ])
  far.target(away.port)
  await net.json('dev', ['deploy', HELLO, ...joining(near, away)])
  // So far that the near one is the nearer also after a call that a busy machine held up for a second.
  far.delay(400)
  await net.up('dev', joining(near, away))
  await until(async () => (await net.json<{ rttMs?: number }[]>('dev', ['peers'])).filter((p) => p.rttMs).length === 2)
  for (let i = 0; i < 5; i++) {
    expect(await net.json('dev', ['invoke', 'hello'])).toMatchObject({ peer: near.status.peer })
  }
  await near.end('SIGKILL')
  expect(await net.json('dev', ['invoke', 'hello'])).toMatchObject({ peer: away.status.peer })
})

test('a runner told to stop finishes what runs, refuses what comes, and exits with 0', async () => {
  const net = await testNetwork()
  const { runners } = await twoRunners(net)
  const call = net.json<CompleteCall>('dev', ['invoke', 'slow', '--data', 'x'])
  await until(() => started(...runners) === 1)
  const busy = runners.find((runner) => started(runner) === 1)
  const other = runners.find((runner) => runner !== busy)
  const ended = busy?.end('SIGTERM')
  expect(await net.json('dev', ['invoke', 'slow'])).toMatchObject({ peer: other?.status.peer })
  expect(await call).toMatchObject({ status: 200, peer: busy?.status.peer })
  expect(await ended).toBe(0)
})

test('a command that joins for itself tries the next runner when the first refuses, as it comes into reach', async () => {
  const net = await testNetwork()
  const dev = await net.publisher('dev')
  const far = await delayProxy(60)
  onTestFinished(() => far.close())
  const address = `/ip4/127.0.0.1/tcp/${far.port}`
  const near = await net.up('near', ['--volunteer'])
  const away = await net.up('away', ['--volunteer', '--trust', dev, '--announce', address])
  far.target(away.port)
  const both = ['--no-mdns', '--bootstrap', near.status.addresses[0] ?? '', '--bootstrap', address]
  const deployed = await net.json<Deployed>('dev', ['deploy', HELLO, ...both])
  expect(deployed.keptBy).toEqual([away.status.peer])
  expect(await net.json('dev', ['invoke', 'hello', ...both])).toMatchObject({ peer: away.status.peer })
  await net.json('caller', ['alias', 'add', 'dev', dev])
  expect(await net.json('caller', ['invoke', 'dev/hello', ...both])).toMatchObject({ peer: away.status.peer })
})

test('a call waits for a link that is on its way, however far that is', async () => {
  const net = await testNetwork()
  const dev = await net.publisher('dev')
  // Some seven round trips from the answer to the dial to the first call: longer than links are waited for where nobody answers.
  const far = await delayProxy(400)
  onTestFinished(() => far.close())
  const runner = await net.up('runner', ['--volunteer', '--trust', dev])
  far.target(runner.port)
  await net.json('dev', ['deploy', HELLO, ...joining(runner)])
  const away = ['--no-mdns', '--bootstrap', `/ip4/127.0.0.1/tcp/${far.port}`]
  expect(await net.json('dev', ['invoke', 'hello', ...away])).toMatchObject({ peer: runner.status.peer })
})

test('a peer told to stop lets the calls of its own user end', async () => {
  const net = await testNetwork()
  const { runners, caller } = await twoRunners(net)
  const call = net.json<CompleteCall>('dev', ['invoke', 'slow', '--data', 'x'])
  await until(() => started(...runners) === 1)
  const ended = caller.end('SIGTERM')
  expect(await call).toMatchObject({ status: 200, body: 'done' })
  expect(await ended).toBe(0)
})

test('Ctrl-C on a call cancels it on the runner; the command says so', async () => {
  const net = await testNetwork()
  const { runners } = await twoRunners(net)
  const { code, stdout } = await net.fn('dev', ['invoke', 'slow', '--data', 'x', '--json'], {
    interruptWhen: until(() => started(...runners) === 1),
  })
  expect(code).toBe(130)
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'cancelled' } })
  await until(async () => {
    const states = await Promise.all(['a', 'b'].map((name) => net.json<Status>(name, ['status'])))
    return states.every(({ runner }) => runner?.busy === 0)
  })
  expect(await net.json('dev', ['invoke', 'slow', '--deadline', '20s'])).toMatchObject({ status: 200 })
})

test('a runner that was killed and started again on its port is found again, and its functions are still there', async () => {
  const net = await testNetwork()
  const dev = await net.publisher('dev')
  const runner = await net.up('runner', ['--volunteer', '--trust', dev])
  await net.json('dev', ['deploy', HELLO, ...joining(runner)])
  await net.up('dev', joining(runner))
  for (let round = 0; round < 3; round++) {
    await runner.end('SIGKILL')
    const again = await net.upAt('runner', runner.port, ['--volunteer', '--trust', dev])
    expect(again.status.peer).toBe(runner.status.peer)
    await until(async () => (await net.json<object[]>('dev', ['peers'])).length === 1)
    expect(await net.json('dev', ['invoke', 'hello'])).toMatchObject({ status: 200, peer: runner.status.peer })
    await again.end('SIGKILL')
  }
})
