import { fileURLToPath } from 'node:url'
import type { CompleteCall, Deployed } from '@hither/peer'
import { expect, test } from 'vitest'
import { joining, testNetwork } from '../support/network.ts'

type Answer = Omit<CompleteCall, 'body'> & { body: string }

const handler = (file: string): string => fileURLToPath(new URL(`../${file}`, import.meta.url))

test('packages run on a peer that only has what was deployed', async () => {
  const net = await testNetwork()
  const dev = await net.publisher('dev')
  const runner = await net.up('runner', ['--volunteer', '--trust', dev])
  const invoke = async (file: string, ...args: string[]): Promise<Answer> => {
    await net.json<Deployed>('dev', ['deploy', handler(file), '--name', 'it', ...joining(runner)])
    return net.json('dev', ['invoke', 'it', ...args, ...joining(runner)])
  }

  const hono = await invoke('packages/hono.ts', '--path', '/api/users/7?q=1')
  expect([hono.peer, JSON.parse(hono.body)]).toEqual([runner.status.peer, { id: 7, q: ['1'] }])

  const jose = await invoke('packages/jose.ts', '--path', '/sign?alg=ES256')
  expect(JSON.parse(jose.body)).toMatchObject({ payload: [1, 1], wrongKey: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' })

  const query = JSON.stringify({ query: 'subscription { countdown(from: 1) }' })
  const post = ['--path', '/graphql', '-H', 'content-type: application/json', '-H', 'accept: text/event-stream']
  const yoga = await invoke('packages/graphql-yoga.ts', ...post, '--data', query)
  expect(yoga.body.match(/\{.*\}/g)).toEqual(['{"data":{"countdown":1}}', '{"data":{"countdown":0}}'])

  const jwt = await invoke('nodejs/packages/jsonwebtoken.js')
  expect(JSON.parse(jwt.body)).toMatchObject({ verified: 'ann', algorithms: ['HS384', 'HS512'] })

  // What its configuration says is in its process.
  const process = await invoke('nodejs/process.ts')
  expect(JSON.parse(process.body)).toMatchObject({ env: 'hi', added: 'yes' })
})
