import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { cidOf, piecesOf, type Body, type ByteStream, type CallHeader, type Links, type PeerId } from '@hither/core'
import { net } from '@hither/net'
import { expect, onTestFinished, test } from 'vitest'
import { bareReader } from '../packages/net/test/helpers/bare-stream.ts'

/**
 * Claims: bodies flow nearly as fast as a bare libp2p stream with the same settings carries them, and small calls on the same
 * link are answered in a few ms while they do. Caller and runner are processes of their own on this machine.
 */

const BODY_BYTES = 64 * 1024 * 1024
const ROUNDS = 5
const CALLS = 1_000
const NOTHING = new Uint8Array(0)
const PIECE = new Uint8Array(64 * 1024)

const cid = await cidOf(NOTHING, 'raw')

interface Bench {
  /** A call that sends a body and is answered with so many bytes. Resolves when all of the answer was read. */
  call: (body: Body, bytes: number) => Promise<void>
  /** As many bytes over a bare stream. */
  raw: (bytes: number) => Promise<void>
}

async function bench(): Promise<Bench> {
  const script = fileURLToPath(new URL('children/bodies-runner.ts', import.meta.url))
  const child = spawn(process.execPath, ['--conditions=hither-source', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const gone = once(child, 'exit')
  onTestFinished(async () => {
    child.stdin.end()
    await gone
  })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  const [runner = '', sender = ''] = line.split(' ')

  const links = net({ listen: [], mdns: false })({ seed: new Uint8Array(32).fill(3) })
  onTestFinished(() => links.stop())
  await links.start({
    call: () => Promise.reject(new Error('it runs nothing')),
    block: async () => undefined,
    name: async () => undefined,
    voucher: async () => undefined,
    announce: async () => ({ kept: false }),
    admits: async () => false,
    secrets: async () => ({ kept: false }),
    state: () => undefined,
  })
  const peer = await links.join(runner)

  const bare = await bareReader(sender)
  onTestFinished(bare.stop)

  return { call: (body, bytes) => callThrough(links, peer, body, bytes), raw: bare.read }
}

async function callThrough(links: Links, peer: PeerId, body: Body, bytes: number): Promise<void> {
  const header: CallHeader = {
    cid,
    method: 'POST',
    url: `http://bench/${bytes}`,
    headers: [],
    remainingMs: 60_000,
    hop: 0,
  }
  const answer = await links.call(peer, header, body)
  let got = 0
  for await (const piece of piecesOf(answer.body)) got += piece.length
  await answer.trailer
  expect(got).toBe(bytes)
}

async function* zeros(bytes: number): ByteStream {
  for (let left = bytes; left > 0; left -= PIECE.length) yield PIECE.subarray(0, left)
}

async function timed(run: () => Promise<void>): Promise<number> {
  const at = performance.now()
  await run()
  return performance.now() - at
}

/** Bodies, and when they have come through others. */
async function keepUp(flow: () => Promise<void>[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const bodies = flow()
    if (bodies.length === 0) return
    await Promise.all(bodies)
  }
}

/** What this part of them does not exceed. */
function quantile(times: number[], part: number): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * part)] ?? 0
}

test('how fast bodies flow', { timeout: 120_000 }, async () => {
  const { call, raw } = await bench()
  const ways: Record<string, () => Promise<void>> = {
    'reference: a bare stream': () => raw(BODY_BYTES),
    "an answer's body": () => call(NOTHING, BODY_BYTES),
    "a request's body": () => call(zeros(BODY_BYTES), 0),
    'eight answers at once': async () => {
      await Promise.all(Array.from({ length: 8 }, () => call(NOTHING, BODY_BYTES / 8)))
    },
  }
  const rows: Record<string, { 'MB/s': number }> = {}
  for (const [name, run] of Object.entries(ways)) {
    await run()
    const times: number[] = []
    for (let round = 0; round < ROUNDS; round++) times.push(await timed(run))
    rows[name] = { 'MB/s': Math.round(BODY_BYTES / 1_000 / quantile(times, 0.5)) }
  }
  console.table(rows)
  const [bare, answer] = Object.values(rows).map((row) => row['MB/s'])
  expect(answer).toBeGreaterThan((bare ?? 0) / 2)
})

test('how long small calls take while bodies flow', { timeout: 120_000 }, async () => {
  const { call } = await bench()
  const beside: Record<string, () => Promise<void>[]> = {
    'no body': () => [],
    'an answer of 64 MB, again and again': () => [call(NOTHING, BODY_BYTES)],
    'a request of 64 MB, again and again': () => [call(zeros(BODY_BYTES), 0)],
    'eight answers at once': () => Array.from({ length: 8 }, () => call(NOTHING, BODY_BYTES)),
  }
  const rows: Record<string, { 'p50 ms': number; 'p99 ms': number }> = {}
  for (const [name, flow] of Object.entries(beside)) {
    for (let warm = 0; warm < CALLS; warm++) await call(NOTHING, 0)
    const enough = new AbortController()
    const flows = keepUp(flow, enough.signal)
    const times: number[] = []
    for (let one = 0; one < CALLS; one++) times.push(await timed(() => call(NOTHING, 0)))
    enough.abort()
    await flows
    const ms = (part: number): number => Math.round(quantile(times, part) * 100) / 100
    rows[name] = { 'p50 ms': ms(0.5), 'p99 ms': ms(0.99) }
  }
  console.table(rows)
  expect(rows['an answer of 64 MB, again and again']?.['p50 ms']).toBeLessThan(20)
})
