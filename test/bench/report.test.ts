import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { readOptions } from '../../bench/options.ts'
import { BARS } from '../../bench/report/bars.ts'
import { complete, judged, standing, unmeasured } from '../../bench/report/judge.ts'
import { figuresTable, markdown, quotation } from '../../bench/report/markdown.ts'
import { quotedIn } from '../../bench/report/quote.ts'
import type { Found, Report } from '../../bench/report/report.ts'

/** A report must not say "met" of what is missed, nor the README something else than the report. */

const latest = JSON.parse(await readFile('bench/results/latest.json', 'utf8')) as Report

test('a ratio that is to be low is met up to its bar', () => {
  const at = (value: number) =>
    judged({ id: 'remote-p50-c1', value, reference: { name: 'long-lived stream', value: 2 } })
  expect(at(3.4)).toMatchObject({ ratio: 1.7, met: true })
  expect(at(3.41)).toMatchObject({ met: false })
})

test('a ratio that is to be high is met from its bar on', () => {
  const at = (value: number) => judged({ id: 'gateway-hello', value, reference: { name: 'workerd', value: 100 } })
  expect(at(100)).toMatchObject({ ratio: 1, met: true })
  expect(at(99)).toMatchObject({ ratio: 0.99, met: false })
})

test('what has no reference is judged by itself', () => {
  expect(judged({ id: 'warm-rss', value: 7 })).toMatchObject({ value: 7, ratio: null, met: true })
  expect(judged({ id: 'warm-rss', value: 7.1 })).toMatchObject({ met: false })
})

test('what is no number, or has lost its reference, is not measured', () => {
  expect(judged({ id: 'warm-rss', value: NaN })).toMatchObject({ value: null, met: null, why: expect.any(String) })
  expect(judged({ id: 'gateway-hello', value: 1 })).toMatchObject({ value: null, met: null, why: expect.any(String) })
})

test('the table says what is met, what is missed and what was not measured', () => {
  const reference = { name: 'workerd', value: 4 }
  const rows = figuresTable([
    judged({ id: 'gateway-hello', value: 5, reference }),
    judged({ id: 'gateway-cpu-bound', value: 1, reference }),
    unmeasured('warm-rss', 'it broke'),
  ]).split('\n')
  expect(rows.slice(2)).toEqual([
    expect.stringMatching(/\| 5 requests\/CPU s \| 4 \(workerd\) \| 1\.25× \| ≥ 1 \| 1\.3 \| met \|$/),
    expect.stringMatching(/\| 0\.25× \| ≥ 0\.9 \| 1\.2 \| missed \|$/),
    expect.stringContaining('not measured: it broke'),
  ])
})

test('a run is complete where each bar of its topics was measured', () => {
  const [cpu, rss] = [{ id: 'idle-cpu', value: 1 } as const, { id: 'idle-rss', value: 100 } as const]
  const of = (found: Found[], why?: string) => {
    const figures = standing(new Map([['idle', { figures: found, ...(why !== undefined && { why }) }]]))
    return complete({ figures, missing: why === undefined ? [] : [{ topic: 'idle', why }] }, ['idle'])
  }
  expect(of([cpu, rss])).toBe(true)
  expect(of([cpu])).toBe(false)
  expect(of([cpu, { ...rss, value: NaN }])).toBe(false)
  expect(of([cpu, rss], 'something was left out')).toBe(false)
})

test('of what was not measured stands why', () => {
  const figures = standing(new Map([['idle', { figures: [{ id: 'idle-cpu', value: 1 }], why: 'it broke' }]]))
  const why = Object.fromEntries(figures.map((figure) => [figure.id, figure.why]))
  expect(why).toMatchObject({ 'idle-cpu': undefined, 'idle-rss': 'it broke' })
  expect(why['warm-rss']).toBe('the topic density was not run')
})

test('the committed report is a whole run with a figure for each bar', () => {
  expect(latest).toMatchObject({ quick: false, missing: [] })
  expect(latest.rounds).toBeGreaterThanOrEqual(5)
  expect(latest.figures.map(({ id }) => id)).toEqual(Object.keys(BARS))
  for (const { id, value, reference } of latest.figures) {
    const again = judged({ id, value: value ?? NaN, ...(reference !== null && { reference }) })
    expect(latest.figures.find((one) => one.id === id)).toEqual(again)
  }
  expect(markdown(latest)).toContain(latest.machine.cpu)
})

test('what is quoted says how busy the machine was, what was measured, and what others take', () => {
  const machine = {
    ...latest.machine,
    loadAtStart: 2.5,
    othersAtStart: 0.25,
    commit: '0123456789abcdef',
    changed: true,
  }
  const measure = (server: string, value: number) => ({
    id: `gateway/hello/${server}/c64/serverUs`,
    topic: 'gateway',
    what: '',
    value,
    unit: 'µs/request',
  })
  const quoted = quotation({ ...latest, machine, measures: [measure('hither', 454.5), measure('bun', 18)] })
  expect(quoted).toContain('One run of 0123456789ab with changes on')
  expect(quoted).toContain("was 2.5 at the start, when others took 25 % of the processors' time")
  expect(quoted).toMatch(/\| handler \| hither \| bun \|\n.*\n\| hello \| 455 \| 18 \|$/)
  expect(quotation({ ...latest, machine: { ...machine, changed: false } })).not.toContain('with changes')
})

test('a quick run says that it is none to judge by', () => {
  expect(markdown({ ...latest, quick: true })).toMatch(/^A quick run/)
  expect(markdown(latest)).not.toContain('quick run')
})

test('the README quotes the committed report', async () => {
  expect(quotedIn(await readFile('README.md', 'utf8'))).toBe(quotation(latest))
})

test('only a run of all topics at full length writes what is committed', () => {
  const topics = ['calls', 'gateway']
  expect(readOptions([], topics)).toMatchObject({ whole: true, out: expect.stringContaining('latest.json') })
  expect(readOptions(['--quick'], topics)).toMatchObject({ whole: false, out: undefined })
  expect(readOptions(['--only', 'calls'], topics)).toMatchObject({ whole: false, only: ['calls'], out: undefined })
  expect(readOptions(['--only', 'calls,calls'], topics)).toMatchObject({ only: ['calls'] })
  expect(readOptions(['--out', 'here.json'], topics)).toMatchObject({ whole: false, out: 'here.json' })
})

test.each([
  [['--only', 'nothing'], 'there is no topic "nothing"; there are calls, gateway'],
  [['--rounds', '4'], '--rounds takes a whole number from 5 to 1000, not "4"'],
  [['--rounds', ''], '--rounds takes a whole number from 5 to 1000, not ""'],
])('%j is refused', (args, said) => {
  expect(() => readOptions(args, ['calls', 'gateway'])).toThrow(said)
})
