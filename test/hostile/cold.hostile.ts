import { expect, test } from 'vitest'
import { answer, inBothProfiles } from './support/jail.ts'
import { arena, CALM, megabytes, spread } from './support/arena.ts'
import { settled } from './support/observed.ts'
import { figure } from './support/report.ts'

const PUBLISHERS = 6
/** More than a process keeps warm. */
const FUNCTIONS = 68
/** Room for six processes. */
const LENT_MB = 384

inBothProfiles((profile) => {
  test(`B07: ${PUBLISHERS} publishers with ${FUNCTIONS} cold functions each get what is lent, and leave nothing behind`, async () => {
    const on = await arena(profile, { memoryMb: LENT_MB })
    let most = 0
    let peakBytes = 0
    try {
      for (let publisher = 0; publisher < PUBLISHERS; publisher += 1) {
        for (let i = 0; i < FUNCTIONS; i += 1) {
          const text = `export default () => new Response('${publisher}.${i}')`
          const job = await on.job(text, {
            cordon: `publisher ${publisher}`,
            limits: { memoryMb: 32, cpuMs: 5000, wallMs: 60_000 },
          })
          expect(await answer(on.runner, job)).toBe(`${publisher}.${i}`)
        }
        const {
          outcome,
          peakBytes: peak,
          bystander,
        } = await on.blast(
          await on.job(`export default () => new Response('x')`, { cordon: `publisher ${publisher}`, limits: CALM }),
        )
        expect(outcome).toBe('answered')
        expect(bystander.length).toBeGreaterThan(0)
        most = Math.max(most, on.pids().length)
        peakBytes = Math.max(peakBytes, peak)
      }
      // A process for each 64 MB that are lent, and a spare of each profile.
      expect(most).toBeLessThanOrEqual(LENT_MB / 64 + 2)
      await settled(on.runner)
      const warm = on.runner.warm()
      expect(warm.length).toBeGreaterThan(0)
      expect(warm.length).toBeLessThan(PUBLISHERS * FUNCTIONS)
      figure(
        'B07',
        `${profile}: ${PUBLISHERS * FUNCTIONS} cold functions`,
        `${most} processes at most, ${warm.length} warm, largest ${megabytes(peakBytes)}, bystander usually ${spread(on.usual)}`,
      )
    } finally {
      // Throws where a process or a descriptor is left.
      await on.close()
    }
  })
})
