import { describe, expect, test } from 'vitest'
import { compare } from '../../bench/conformance/expected.ts'
import { describeRun } from '../../bench/conformance/print.ts'
import type { FileResult } from '../../bench/conformance/results.ts'
import { tally, type Pair, type Tally } from '../../bench/conformance/tally.ts'

/** Names and what became of them: nothing where it passed, else the message. */
type Results = [name: string, failure?: string][]

function result(results: Results, trouble?: string): FileResult {
  const subtests = results.map(([name, message]) => ({ name, passed: message === undefined, message: message ?? '' }))
  return { subtests, ...(trouble !== undefined && { trouble }) }
}

function pair(isolate: Results, node: Results, path = 'url/a.any.js'): Pair {
  return { file: { area: 'url', path, variant: '' }, isolate: result(isolate), node: result(node) }
}

describe('counting', () => {
  test('goes by what either engine reports', () => {
    const counts = tally([
      pair([['both'], ['mine'], ['neither', 'no']], [['both'], ['mine', 'no'], ['neither', 'no']]),
      pair([], [['nodes alone']], 'url/b.any.js'),
    ])
    expect(counts.total).toEqual({ passed: 2, of: 4, nodePassed: 2 })
    expect(counts.areas).toEqual({ url: { passed: 2, of: 4, nodePassed: 2 } })
    expect(counts.failures.map(({ file, name, nodePassed }) => [file, name, nodePassed])).toEqual([
      ['url/a.any.js', 'neither', false],
      ['url/b.any.js', 'nodes alone', true],
    ])
  })

  test('tells subtests of one name apart', () => {
    const counts = tally([pair([['same'], ['same', 'no']], [['same'], ['same']])])
    expect(counts.total).toEqual({ passed: 1, of: 2, nodePassed: 2 })
    expect(counts.failures).toMatchObject([{ name: 'same (2)', message: 'no' }])
  })

  test('has a file fail that reports nothing', () => {
    const counts = tally([{ ...pair([], []), isolate: result([], 'it hung') }])
    expect(counts.total).toEqual({ passed: 0, of: 1, nodePassed: 0 })
    expect(counts.troubles).toEqual(['isolate: url/a.any.js: it hung'])
    expect(compare(counts, []).regressions).toHaveLength(1)
  })
})

describe('what is not counted', () => {
  const NEEDS_SERVER = 'no network'

  test('failed in both engines', () => {
    const counts = tally([
      pair(
        [
          ['x', NEEDS_SERVER],
          ['y', NEEDS_SERVER],
        ],
        [['x', NEEDS_SERVER], ['y']],
      ),
    ])
    expect(counts.total).toEqual({ passed: 0, of: 1, nodePassed: 1 })
    expect(counts.excluded).toEqual({ 'needs the server of web-platform-tests': 1 })
    expect(counts.failures.map(({ name }) => name)).toEqual(['y'])
  })

  test('is by design shared memory, whatever Node has, and told with a total of its own', () => {
    const counts = tally([pair([['a'], ['b of a SharedArrayBuffer', 'no']], [['a'], ['b of a SharedArrayBuffer']])])
    expect(counts.total).toEqual({ passed: 1, of: 1, nodePassed: 1 })
    expect(counts.strict).toEqual({ passed: 1, of: 2, nodePassed: 2 })
    const told = describeRun(counts, compare(counts, []))
    expect(told).toContain('Not counted, by design (1)')
    expect(told).toMatch(/with those by design +1\/2 +50\.00 % +2\/2 +100\.00 %$/)
  })

  test('counts where it passes', () => {
    const counts = tally([pair([['a SharedArrayBuffer']], [['a SharedArrayBuffer']])])
    expect(counts.total).toEqual({ passed: 1, of: 1, nodePassed: 1 })
    expect(counts.byDesign).toEqual({})
  })
})

describe('expectations', () => {
  const counts = (): Tally => tally([pair([['good'], ['bad', 'no']], [['good'], ['bad']])])
  const expecting = (...tests: string[]): ReturnType<typeof compare> =>
    compare(counts(), [{ file: 'url/a.any.js', why: 'it is late', tests }])

  test('make known failures of those that they name', () => {
    expect(expecting('bad')).toMatchObject({ regressions: [], known: [{ why: 'it is late' }], mended: [] })
  })

  test('leave the rest a regression', () => {
    expect(expecting()).toMatchObject({ regressions: [{ name: 'bad', message: 'no' }], known: [] })
    const elsewhere = [{ file: 'url/b.any.js', why: 'it is late', tests: ['bad'] }]
    expect(compare(counts(), elsewhere).regressions).toHaveLength(1)
  })

  test('are told of when they pass, and not when their file did not run', () => {
    expect(expecting('bad', 'good').mended).toEqual([{ file: 'url/a.any.js', name: 'good' }])
    expect(expecting('bad', 'gone').mended).toEqual([])
  })
})
