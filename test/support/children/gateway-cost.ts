/* oxlint-disable no-underscore-dangle -- streams name so what they write with */
import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { bundler } from '@hither/bundle'
import type { Runner, WholeRun } from '@hither/core'
import { gateway } from '@hither/gateway'
import { openPeer } from '@hither/peer'
import { logger } from '../../../packages/cli/src/log.ts'
import { aloneIn } from './alone.ts'

/**
 * A peer that runs functions, with its gateway, in a home folder: `node gateway-cost.ts HOME HANDLER`. Sends the gateway's port, and each time it is
 * asked what its heap grew by and how often its server wrote since the last time. Needs --expose-gc and a young generation that
 * all of it fits into, so that no collection comes between.
 */

const [, , home = '', entry = ''] = process.argv
const log = logger({})

/** Answers at once: what lies behind the peer has guards of its own, and other processes to wait for. */
const ANSWER: WholeRun = {
  status: 200,
  headers: [['content-type', 'text/plain']],
  body: Buffer.from('ok'),
  metrics: { fetchMs: 0, queueMs: 0, startMs: 0, runMs: 0.1, cpuMs: 0.1, cold: false },
}
const runner: Runner = {
  jail: () => ({ tier: 'process', layers: [], grants: { trusted: [] } }),
  start: async () => {},
  stop: async () => {},
  load: () => ({ slots: 64, busy: 0, queued: 0, cores: { lent: 1, burning: 0, waiting: 0 }, memoryMb: 512 }),
  warm: () => [],
  isWarm: () => true,
  expect: () => {},
  lend: () => {},
  interrupt: () => {},
  run: async () => ANSWER,
}

let writes = 0

/** What leaves a socket of the server together is one write. */
subscribe('net.server.socket', (message) => {
  const { socket } = message as { socket: Socket }
  const one = socket._write.bind(socket)
  const several = socket._writev?.bind(socket)
  socket._write = (...args) => {
    writes += 1
    one(...args)
  }
  socket._writev = (...args) => {
    writes += 1
    several?.(...args)
  }
})

const lone = aloneIn(home)
const peer = await openPeer(
  { ...lone, volunteer: { ...lone.volunteer, on: true } },
  { log, bundler: bundler(), runner },
)
await peer.start()
await peer.deploy({ entry, name: 'hello' })
const front = gateway({ port: 0 })({ peer, log })
await front.start()

let before = 0

process.on('message', () => {
  const bytes = process.memoryUsage().heapUsed - before
  process.send?.({ bytes, writes })
  globalThis.gc?.()
  writes = 0
  before = process.memoryUsage().heapUsed
})
process.on('disconnect', () => process.exit())
process.send?.(Number(new URL(front.address).port))
