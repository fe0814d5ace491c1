import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { joining, testNetwork } from '../test/support/network.ts'

/**
 * Claim: where nobody takes a call, the caller knows within two seconds, and knows why. Whole commands are measured, as a user
 * waits for them; beside them, one that needs no network.
 */

const HELLO = fileURLToPath(new URL('../examples/hello', import.meta.url))
const ROUNDS = 5

test('how soon a call that nobody takes is over', { timeout: 120_000 }, async () => {
  const net = await testNetwork()
  const refusing = await net.up('refusing', ['--volunteer'])
  const idle = await net.up('idle')
  await net.json('dev', ['deploy', HELLO, ...joining(idle)])
  await net.json('running', ['id'])
  await net.up('running')
  await net.json('running', ['deploy', HELLO])
  const unknown = 'bafyreibzgahgn4bwsswh5a6ldfccszzgoyr3ap5v6d6c6o3pxdxgu3g45a'

  const cases: Record<string, () => Promise<unknown>> = {
    'reference: fn id': () => net.json('dev', ['id']),
    'no other peer at all': () => net.error('dev', ['invoke', 'hello', '--no-mdns']),
    'a peer that runs nothing': () => net.error('dev', ['invoke', 'hello', ...joining(idle)]),
    'a runner that refuses': () => net.error('dev', ['invoke', 'hello', ...joining(refusing)]),
    'a function that nobody has': () => net.error('dev', ['invoke', unknown, ...joining(refusing)]),
    'a peer that has been up, alone': () => net.error('running', ['invoke', 'hello']),
  }
  const rows: Record<string, { 'median ms': number; 'max ms': number }> = {}
  for (const [name, run] of Object.entries(cases)) {
    const times: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const at = performance.now()
      await run()
      times.push(Math.round(performance.now() - at))
    }
    times.sort((a, b) => a - b)
    rows[name] = { 'median ms': times[ROUNDS >> 1] ?? 0, 'max ms': times.at(-1) ?? 0 }
  }
  console.table(rows)
  expect(Object.keys(rows)).toHaveLength(Object.keys(cases).length)
})
