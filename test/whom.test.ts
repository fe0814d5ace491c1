import { fileURLToPath } from 'node:url'
import type { CompleteCall } from '@hither/peer'
import { expect, test } from 'vitest'
import { joining, testNetwork } from './support/network.ts'

const HELLO = fileURLToPath(new URL('../examples/hello', import.meta.url))

test('a call goes where its caller says: to a label, and to a machine whose publisher proves that it is theirs', async () => {
  const net = await testNetwork()
  const dev = await net.publisher('dev')
  const ann = await net.up('ann', ['--volunteer', '--trust', dev, '--label', 'gpu'])
  const bob = await net.up('bob', ['--volunteer', '--trust', dev, ...joining(ann)])
  await net.json('dev', ['deploy', HELLO, ...joining(ann, bob)])
  const runner = async (...args: string[]): Promise<string> =>
    (await net.json<CompleteCall>('dev', ['invoke', 'hello', '--wait', '10s', ...args, ...joining(ann, bob)])).peer

  expect(await runner('--require', 'label:gpu')).toBe(ann.status.peer)
  expect(await runner('--avoid', 'label:gpu')).toBe(bob.status.peer)
  // A command is a peer of its own that has only just met both.
  expect(await runner('--require', `publisher:${bob.status.publisher}`)).toBe(bob.status.peer)
  await net.json('dev', ['alias', 'add', 'ann', ann.status.publisher])
  expect(await runner('--require', 'publisher:ann')).toBe(ann.status.peer)

  const nobody = ['invoke', 'hello', '--require', `publisher:${dev}`, '--require', 'label:gpu', ...joining(ann, bob)]
  const error = await net.error('dev', nobody)
  expect(error).toMatchObject({ code: 'no-runner', data: { require: [{ publisher: dev }, { label: 'gpu' }] } })
  expect(error.why).toContain(`asked for a runner of the publisher ${dev} and with the label "gpu"`)
  expect(error.why).toContain(`it is a machine of ${ann.status.publisher}`)
  const unclear = await net.error('dev', ['invoke', 'hello', '--avoid', 'tier:soft', ...joining(ann, bob)])
  expect(unclear).toMatchObject({ code: 'usage', fix: expect.stringContaining('tier:filtered') as string })
  // Who avoids a peer by an id that is cut short would else avoid nobody, and never know.
  const cutShort = ann.status.peer.slice(0, -1)
  const mistyped = await net.error('dev', ['invoke', 'hello', '--avoid', cutShort, ...joining(ann, bob)])
  expect(mistyped).toMatchObject({ code: 'usage', why: expect.stringContaining('no peer id') as string })
})
