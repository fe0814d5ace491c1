import { expect, test } from 'vitest'
import { arena } from './support/arena.ts'
import { inBothProfiles } from './support/jail.ts'

const handler = (body: string): string => `export default async (request, env, ctx) => { ${body} }`

inBothProfiles((profile) => {
  test('B02: many functions of one publisher hold no more than is lent', async () => {
    const lentMb = 384
    const small = await arena(profile, { memoryMb: lentMb })
    try {
      // Each is within its own limit; all together are not.
      const hoard = (i: number): string =>
        handler(
          `globalThis.kept ??= []; for (let n = 0; n < 30; n += 1) kept.push(new Uint8Array(1e6).fill(1)); return new Response('${i}')`,
        )
      const outcomes = new Set<string>()
      for (let i = 0; i < 24; i += 1) {
        const { outcome, peakBytes } = await small.blast(await small.job(hoard(i), { limits: { cpuMs: 5000 } }))
        outcomes.add(outcome)
        expect(peakBytes / 1024 / 1024).toBeLessThan(lentMb + 128)
      }
      expect(
        [...outcomes].filter((one) => one !== 'answered' && one !== 'sandbox-crashed' && one !== 'limit-memory'),
      ).toEqual([])
    } finally {
      await small.close()
    }
  })
})
