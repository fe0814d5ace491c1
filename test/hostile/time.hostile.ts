import { expect, test } from 'vitest'
import { inBothProfiles } from './support/jail.ts'
import { observed, outcomeOf } from './support/observed.ts'
import { figure } from './support/report.ts'

/** The smallest step that each clock in reach makes while a loop reads it, in ms, and whether it ever goes back. */
const CLOCKS = `
const clocks = {
  'Date.now': () => Date.now(),
  'new Date': () => new Date().getTime(),
  'Date()': () => Date.parse(Date()),
  'performance.now': () => performance.now(),
  'timeOrigin': () => performance.timeOrigin,
  'Intl': () => { const parts = Object.fromEntries(format.formatToParts().map((p) => [p.type, Number(p.value)])); return parts.second * 1000 + parts.fractionalSecond },
  'toISOString': () => Date.parse(new Date().toISOString()),
  'File.lastModified': () => new File([], 'x').lastModified,
  'Event.timeStamp': () => new Event('x').timeStamp,
}
const format = new Intl.DateTimeFormat('en', { second: 'numeric', fractionalSecondDigits: 3 })
export default () => {
  const found = {}
  for (const name of Object.keys(clocks)) {
    const read = clocks[name], steps = new Set()
    let last = read(), whole = Number.isInteger(last), back = 0
    for (const until = Date.now() + 40; Date.now() < until;) {
      const at = read()
      whole &&= Number.isInteger(at)
      if (at < last && name !== 'Intl') back += 1
      if (at > last) steps.add(at - last)
      last = at
    }
    found[name] = { least: Math.min(...steps), whole, back }
  }
  return Response.json(found)
}`

/** (module (memory 1 1 shared) (func (export "wait") (param i64) (result i32) (memory.atomic.wait32 (i32.const 0) (i32.const 0) (local.get 0)))) */
const WAIT = `[0,97,115,109,1,0,0,0,1,6,1,96,1,126,1,127,3,2,1,0,5,4,1,3,1,1,7,8,1,4,119,97,105,116,0,0,10,14,1,12,0,65,0,65,0,32,0,254,1,2,0,11]`

inBothProfiles((profile) => {
  test('A10: no clock shows less than a millisecond', async () => {
    const { runner } = await observed()
    const { text } = await outcomeOf(runner, CLOCKS, { profile })
    const found = JSON.parse(text) as Record<string, { least: number | null; whole: boolean; back: number }>
    for (const [name, { least, whole }] of Object.entries(found)) {
      expect({ name, whole }).toEqual({ name, whole: true })
      expect(least ?? 1).toBeGreaterThanOrEqual(1)
    }
    expect(found['performance.now']?.back).toBe(0)
    const finest = Object.entries(found).map(([name, { least }]) => `${name} ${least ?? 'frozen'}`)
    figure('A10', `${profile}: smallest step seen, in ms`, finest.join(', '))
  })

  test('A10: nothing counts beside a handler: no threads, no shared memory, no waiting on it', async () => {
    const { runner } = await observed()
    const { text } = await outcomeOf(
      runner,
      `export default () => {
        const found = ['Atomics', 'SharedArrayBuffer', 'Worker', 'FinalizationRegistry'].filter((name) => name in globalThis)
        if (typeof WebAssembly === 'undefined') return Response.json({ found, shared: 'none', module: 'none' })
        const attempt = (make) => { try { return String(make()) } catch (error) { return error.message } }
        return Response.json({ found,
          shared: attempt(() => new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer),
          module: attempt(() => new WebAssembly.Module(new Uint8Array(${WAIT}))) })
      }`,
      { profile },
    )
    const { found, shared, module } = JSON.parse(text) as { found: string[]; shared: string; module: string }
    expect(found).toEqual([])
    expect(shared).toMatch(/none|not granted/)
    expect(module).toMatch(/none|not granted/)
    figure('A10', `${profile}: ways to shared memory`, '0')
  })

  test('A10: neither the zone nor the language of the machine shows', async () => {
    const { runner } = await observed()
    const { text } = await outcomeOf(
      runner,
      `export default () => { const { timeZone, locale } = Intl.DateTimeFormat().resolvedOptions()
        return Response.json([timeZone, locale, new Date().getTimezoneOffset()]) }`,
      { profile },
    )
    expect(JSON.parse(text)).toEqual(['UTC', 'en-US', 0])
  })
})
