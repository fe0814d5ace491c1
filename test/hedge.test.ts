import { fileURLToPath } from 'node:url'
import type { CompleteCall, Status } from '@hither/peer'
import { expect, test } from 'vitest'
import type { RunningPeer } from '../examples/demo/fn.ts'
import { joining, testNetwork, type TestNetwork } from './support/network.ts'

const HOLDS = fileURLToPath(new URL('handlers/holds.ts', import.meta.url))

interface Hedged {
  net: TestNetwork
  /** Holds calls. */
  holds: RunningPeer
  quick: RunningPeer
}

/** Both have had a call, so that no cold start, however slow, comes between a call and its second copy. */
async function hedged(): Promise<Hedged> {
  const net = await testNetwork()
  const dev = await net.publisher('dev')
  const log = { env: { HITHER_LOG: 'info' } }
  const holds = await net.up('holds', ['--volunteer', '--trust', dev], log)
  const quick = await net.up('quick', ['--volunteer', '--trust', dev, ...joining(holds)], log)
  await net.json('dev', ['deploy', HOLDS, ...joining(holds, quick)])
  await net.up('dev', joining(holds, quick))
  const warm = async (runner: RunningPeer, path: string, other: RunningPeer): Promise<void> => {
    const answer = await net.json<CompleteCall>('dev', ['invoke', 'holds', '-p', path, '--avoid', other.status.peer])
    expect(answer).toMatchObject({ peer: runner.status.peer, body: 'at once' })
  }
  await warm(holds, '/', quick)
  await warm(quick, '/quick', holds)
  return { net, holds, quick }
}

const count = (runner: RunningPeer, line: RegExp): number => runner.stderr().match(line)?.length ?? 0

/** How often each has begun; their lines come by pipes, so later than answers may. */
const started = (method: string, ...runners: RunningPeer[]): number[] =>
  runners.map((runner) => count(runner, new RegExp(`started ${method}`, 'g')))

test('a GET whose answer is late runs a second time elsewhere; who is late is told to stop, and has its slot back', async () => {
  const { net, holds, quick } = await hedged()
  const to = ['--prefer', holds.status.peer, '--hedge', '3s']
  const answer = await net.json<CompleteCall>('dev', ['invoke', 'holds', '-p', '/hold', ...to])
  expect(answer).toMatchObject({
    body: 'at once',
    peer: quick.status.peer,
    attempts: [
      { peer: quick.status.peer, outcome: 'answered', hedge: true },
      { peer: holds.status.peer, outcome: 'cancelled' },
    ],
  })
  await expect.poll(() => count(holds, /the caller has left/g), { timeout: 20_000 }).toBe(1)
  const busy = async (): Promise<number | undefined> => (await net.json<Status>('holds', ['status'])).runner?.busy
  await expect.poll(busy, { timeout: 20_000 }).toBe(0)
  await expect.poll(() => started('GET', holds, quick), { timeout: 20_000 }).toEqual([2, 2])
})

test('an undeclared POST runs once, however late it is', async () => {
  const { net, holds, quick } = await hedged()
  const to = ['--prefer', holds.status.peer, '--hedge', '1s', '--deadline', '10s']
  const error = await net.error('dev', ['invoke', 'holds', '-p', '/hold', '-d', 'x', ...to])
  expect(error).toMatchObject({ code: 'timeout' })
  await expect.poll(() => started('POST', holds, quick), { timeout: 20_000 }).toEqual([1, 0])
})
