import { once } from 'node:events'
import { createServer } from 'node:net'
import { GATEWAY_PORT } from '@hither/core'
import { DEFAULT_CONFIG, type Peer } from '@hither/peer'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { openGateway } from '../src/gateway.ts'
import type { Output } from '../src/terminal/output.ts'

/** Afterwards it is, be it by us or by somebody else on this machine. */
async function takeUsualPort(): Promise<void> {
  const server = createServer().listen(GATEWAY_PORT, '127.0.0.1')
  onTestFinished(() => void server.close())
  await Promise.race([once(server, 'listening'), once(server, 'error').catch(() => undefined)])
}

test('where another peer of this machine has the usual port, one does without, and says so; a chosen port must be free', async () => {
  await takeUsualPort()
  const notes: string[] = []
  const of = (options: Record<string, string | boolean>, gatewayPort: number = GATEWAY_PORT) =>
    openGateway({} as Peer, {
      config: { ...DEFAULT_CONFIG, gatewayPort },
      options,
      log: pino({ level: 'silent' }),
      out: { note: (line: string) => void notes.push(line) } as unknown as Output,
    })
  expect(await of({})).toBeUndefined()
  expect(notes).toEqual([expect.stringMatching(/no HTTP is taken: port 4280 .*--gateway-port 0/)])
  await expect(of({ 'gateway-port': String(GATEWAY_PORT) })).rejects.toMatchObject({ code: 'port-in-use' })
  expect(await of({ 'no-gateway': true })).toBeUndefined()
  const free = await of({}, 0)
  expect(free?.address).toMatch(/^http:\/\/localhost:\d+$/)
  await free?.stop()
})
