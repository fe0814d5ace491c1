import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { Exchange } from '../bench/http/exchange.ts'

/** What no clock disturbs of a request over the gateway of a peer that runs the function itself: how often it writes, and what it takes of the heap. */

const SCRIPT = fileURLToPath(new URL('support/children/gateway-cost.ts', import.meta.url))
const FLAGS = ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256', '--conditions=hither-source']

/** Until V8 has compiled what a request runs through. */
const WARM = 1_500
/** In each look; what else goes on in the process, such as V8's compiling, takes more of the heap than so many requests. */
const REQUESTS = 64
const LOOKS = 24

/** It takes 39,000: of Node's server, the gateway and the peer, without the sandbox. The least of the looks differs from run to run by a part in a hundred. */
const HEAP_MAX_BYTES = 41_000

interface Cost {
  bytes: number
  writes: number
}

/** Makes so many requests, each on the next connection as soon as that has its answer. */
type Asking = (requests: number) => Promise<void>

async function asking(port: number, connections: number): Promise<Asking> {
  const request = Buffer.from(`GET / HTTP/1.1\r\nhost: hello.localhost:${port}\r\n\r\n`, 'latin1')
  const exchanges = Array.from({ length: connections }, () => new Exchange(port, request))
  onTestFinished(() => exchanges.forEach((exchange) => exchange.close()))
  return async (requests) => {
    let left = requests
    await Promise.all(
      exchanges.map(async (exchange) => {
        while (left-- > 0) expect(await exchange.once()).toBe(200)
      }),
    )
  }
}

test('a request is one write, however many come at once, and takes little of the heap', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hither-cost-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const handler = join(folder, 'hello.ts')
  await writeFile(handler, `export default () => new Response('ok')\n`)
  const peer = fork(SCRIPT, [join(folder, 'home'), handler], { execArgv: FLAGS })
  onTestFinished(async () => {
    peer.kill('SIGKILL')
    await once(peer, 'exit')
  })
  const [port] = (await once(peer, 'message')) as [number]
  const look = async (): Promise<Cost> => {
    peer.send('look')
    const [cost] = (await once(peer, 'message')) as [Cost]
    return { bytes: Math.round(cost.bytes / REQUESTS), writes: cost.writes / REQUESTS }
  }
  const ask = await asking(port, 1)
  await ask(WARM)
  await look()
  const costs: Cost[] = []
  for (let n = 0; n < LOOKS; n++) {
    await ask(REQUESTS)
    costs.push(await look())
  }
  const least = Math.min(...costs.map(({ bytes }) => bytes))
  expect(least).toBeLessThan(HEAP_MAX_BYTES)
  // Else the heap was collected within a look, which then says nothing.
  expect(least).toBeGreaterThan(HEAP_MAX_BYTES / 2)
  expect(new Set(costs.map(({ writes }) => writes))).toEqual(new Set([1]))
  const askTogether = await asking(port, 64)
  await askTogether(REQUESTS)
  expect(await look()).toMatchObject({ writes: 1 })
})
