import { fileURLToPath } from 'node:url'
import type { CallStory, CompleteCall, Status } from '@hither/peer'
import { expect, test } from 'vitest'
import { joining, testNetwork } from './support/network.ts'

const HELLO = fileURLToPath(new URL('../examples/hello', import.meta.url))
const HOLDS = fileURLToPath(new URL('handlers/holds.ts', import.meta.url))

test('fn why tells how a call went, of a peer that runs and of commands that end, answered or not', async () => {
  const net = await testNetwork()
  const dev = await net.publisher('dev')
  const runner = await net.up('runner', ['--volunteer', '--trust', dev, '--label', 'gpu'])
  await net.json('dev', ['deploy', HELLO, ...joining(runner)])

  const answer = await net.json<CompleteCall>('dev', ['invoke', 'hello', '--label', 'gpu', ...joining(runner)])
  const story = await net.json<CallStory>('dev', ['why', answer.call])
  expect(story).toMatchObject({
    call: answer.call,
    outcome: 'answered',
    peer: runner.status.peer,
    predicted: { networkMs: expect.any(Number), serviceMs: expect.any(Number) },
    phases: { runMs: answer.phases.runMs },
  })
  const { stdout } = await net.fn('dev', ['why', answer.call])
  expect(stdout).toContain(`chosen    …${runner.status.peer.slice(-8)}, the only candidate`)

  const failed = await net.error('dev', ['invoke', 'hello', '--label', 'shop-7', ...joining(runner)])
  expect(failed).toMatchObject({ code: 'no-runner', why: expect.stringContaining('shop-7') })
  const call = String(failed.data?.['call'])
  expect(await net.json<CallStory>('dev', ['why', call])).toMatchObject({ outcome: 'no-runner' })
  expect(await net.error('dev', ['why', 'nosuchcall'])).toMatchObject({ code: 'unknown-call' })
})

test('a runner that volunteers calls itself, at no distance and without the network', async () => {
  const net = await testNetwork()
  const alone = await net.up('alone', ['--volunteer'])
  await net.json('alone', ['deploy', HOLDS])
  const answer = await net.json<CompleteCall>('alone', ['invoke', 'holds'])
  expect(answer).toMatchObject({ status: 200, peer: alone.status.peer, body: 'at once' })
  expect(answer).not.toHaveProperty('address')
  const { predictions } = await net.json<Status>('alone', ['status'])
  expect(predictions.total).toMatchObject({ calls: 1, medianMs: expect.any(Number), p95Ms: expect.any(Number) })
  expect(answer.route.candidates).toMatchObject([{ peer: alone.status.peer, predicted: { networkMs: 0 } }])
})
