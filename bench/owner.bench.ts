import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { hostileJob, jail } from '../test/hostile/support/jail.ts'

/**
 * Claim: a machine's owner does not notice what it is lent for. A program that wakes every 10 ms is measured by how late it
 * comes: alone; while functions burn on every core; and, to compare, while as many ordinary programs do. In turns, so
 * that whatever else this machine does falls on all alike.
 */

const OWNER = fileURLToPath(new URL('children/owner.ts', import.meta.url))
const WAKES = 200
const ROUNDS = 5
const CORES = availableParallelism()

/** How late the owner's program came, each time, in ms. */
async function owner(): Promise<number[]> {
  const child = spawn(process.execPath, [OWNER, String(WAKES)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const text: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => text.push(chunk))
  await once(child, 'close')
  return JSON.parse(Buffer.concat(text).toString()) as number[]
}

/** Twice as many calls at once as there are cores, until it is told to stop. */
async function functions(): Promise<() => Promise<void>> {
  const runner = await jail({ cores: CORES })
  const job = await hostileJob('export default () => { for (let i = 0; i < 2e8; i++); return new Response() }', {
    profile: 'trusted',
  })
  const over = new AbortController()
  const call = async (): Promise<void> => {
    while (!over.signal.aborted) await runner.run(job, { signal: over.signal }).catch(() => undefined)
  }
  // Warm, and known to burn.
  await runner.run(job)
  const calls = Array.from({ length: 2 * CORES }, call)
  return async () => {
    over.abort()
    await Promise.all(calls)
    await runner.stop()
  }
}

function programs(): () => Promise<void> {
  const burn = (): ChildProcess => spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' })
  const all = Array.from({ length: 2 * CORES }, burn)
  const end = async (): Promise<void> => {
    const closed = all.map((one) => once(one, 'close'))
    for (const one of all) one.kill('SIGKILL')
    await Promise.all(closed)
  }
  return end
}

test('how late the owner’s program wakes', { timeout: 240_000 }, async () => {
  const cases: Record<string, () => Promise<() => Promise<void>>> = {
    alone: async () => async () => {},
    'functions on every core': functions,
    'reference: programs on every core': async () => programs(),
  }
  const late = new Map<string, number[]>(Object.keys(cases).map((name) => [name, []]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, begin] of Object.entries(cases)) {
      const end = await begin()
      late.get(name)?.push(...(await owner()))
      await end()
    }
  }
  const at = (sorted: number[], part: number): number =>
    Number((sorted[Math.floor(sorted.length * part)] ?? 0).toFixed(2))
  const rows = [...late].map(([name, all]) => {
    const sorted = all.sort((a, b) => a - b)
    return [
      name,
      { 'p50 ms late': at(sorted, 0.5), 'p99 ms late': at(sorted, 0.99), 'max ms late': at(sorted, 0.9999) },
    ]
  })
  console.table(Object.fromEntries(rows))
  for (const all of late.values()) expect(all).toHaveLength(WAKES * ROUNDS)
})
