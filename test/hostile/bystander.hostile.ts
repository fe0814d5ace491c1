import { expect, test } from 'vitest'
import { answer, hostileJob, inBothProfiles, jail } from './support/jail.ts'
import { figure } from './support/report.ts'

const HELLO = `export default () => new Response('hello')`
const LOOP = `export default () => { for (;;); }`

inBothProfiles((profile) => {
  test('B01: while a loop runs, another publisher’s function answers', async () => {
    const runner = await jail()
    const bystander = await hostileJob(HELLO, { profile, cordon: 'bystander' })
    expect(await answer(runner, bystander)).toBe('hello')
    const bomb = runner.run(await hostileJob(LOOP, { profile, limits: { cpuMs: 1000, wallMs: 1500 } }))
    const ended = bomb.then(
      () => 'answered',
      (error: { code: string }) => error.code,
    )
    const took: number[] = []
    while (took.length < 50) {
      const at = performance.now()
      expect(await answer(runner, bystander)).toBe('hello')
      took.push(performance.now() - at)
    }
    expect(['limit-cpu', 'timeout']).toContain(await ended)
    figure('B01', `loop, ${profile}: a bystander’s slowest of 50 calls`, `${Math.max(...took).toFixed(1)} ms`)
  })
})
