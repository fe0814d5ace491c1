import { expect, test } from 'vitest'
import { STRANGERS_DATA_MB, WATCH_MS } from '../../packages/sandbox/src/host/limits.ts'
import { systemTimers } from '../../packages/sandbox/src/host/timers.ts'
import { arena, megabytes } from './support/arena.ts'
import { figure } from './support/report.ts'

const MB: number = 1024 * 1024

const handler = (body: string): string => `export default () => { ${body} }`

/** Those of which V8's own limit lets most through. */
const BOMBS: [name: string, body: string][] = [
  ['arrays of doubles', `const all = []; for (;;) all.push(new Array(1000).fill(1.1))`],
  [
    'buffers that grow',
    `const all = []; for (;;) { const b = new ArrayBuffer(0, { maxByteLength: 1e9 })
    for (let i = 1; i <= 60; i += 1) { b.resize(i * 16e6); new Uint8Array(b, (i - 1) * 16e6).fill(1) } all.push(b) }`,
  ],
  ['strings joined', `const all = []; for (;;) all.push('ab'.repeat(1e6).split('').join('-'))`],
]

/** The parent looks away: what is left are V8's limit and the kernel's. */
const asleep = {
  after: (ms: number, run: () => void) => (ms === WATCH_MS ? () => {} : systemTimers.after(ms, run)),
}

test.each(BOMBS)('B02: %s of strangers are bounded by the kernel where the watch sleeps', async (name, body) => {
  const on = await arena('strangers', {}, { timers: asleep })
  const job = await on.job(handler(body), { limits: { memoryMb: 512, cpuMs: 20_000, wallMs: 20_000 } })
  const { outcome, ms, peakBytes } = await on.blast(job)
  expect(['limit-memory', 'limit-cpu', 'sandbox-crashed', 'handler-failed', 'timeout']).toContain(outcome)
  expect(peakBytes).toBeGreaterThan(64 * MB)
  expect(peakBytes).toBeLessThan(STRANGERS_DATA_MB * MB)
  figure('B02', `strangers, no watch: ${name}`, `${outcome} after ${ms.toFixed(0)} ms, peak ${megabytes(peakBytes)}`)
  await on.close()
})
