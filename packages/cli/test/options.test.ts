import { expect, test } from 'vitest'
import { duration, flag, integer, parseOptions, positionals, text, texts } from '../src/options.ts'
import type { Verb } from '../src/verb.ts'

const verb: Verb = {
  usage: 'try ONE TWO',
  summary: 'for the test',
  options: {
    count: { type: 'string', help: 'a number' },
    wait: { type: 'string', short: 'w', help: 'a time' },
    tag: { type: 'string', multiple: true, help: 'many' },
  },
  run: async () => {},
}

const parse = (...argv: string[]) => parseOptions(verb, argv)
const usage = expect.objectContaining({ code: 'usage' })

test('options of a verb, options of all verbs, and what is left', () => {
  const { args, options } = parse('a', '--json', '-w', '5s', 'b', '--tag=x', '--tag', 'y')
  expect(args).toEqual(['a', 'b'])
  expect(flag(options, 'json')).toBe(true)
  expect(text(options, 'wait')).toBe('5s')
  expect(texts(options, 'tag')).toEqual(['x', 'y'])
  expect(texts(options, 'count')).toEqual([])
})

test('an unknown option, or one without its value, is a usage error that leads to the help', () => {
  for (const argv of [['--wings'], ['--count'], ['--json=yes']]) {
    expect(() => parse(...argv)).toThrow(expect.objectContaining({ code: 'usage', fix: 'fn try --help' }))
  }
})

test('whole numbers within their bounds', () => {
  const read = (value: string): number | undefined => integer(parse('--count', value).options, 'count', 1, 10)
  expect(read('10')).toBe(10)
  expect(integer(parse().options, 'count', 1, 10)).toBeUndefined()
  for (const bad of ['0', '11', '1.5', 'x', '1e1', '']) expect(() => read(bad), bad).toThrow(usage)
})

test('times have a unit', () => {
  const read = (value: string): number | undefined => duration(parse('--wait', value).options, 'wait')
  expect([read('500ms'), read('30s'), read('2m')]).toEqual([500, 30_000, 120_000])
  for (const bad of ['5', '0s', '-1s', '1h', 's', '']) expect(() => read(bad), bad).toThrow(usage)
})

test('positional arguments: neither too few nor too many', () => {
  expect(positionals(verb, ['a', 'b'], ['ONE', 'TWO'])).toEqual(['a', 'b'])
  expect(() => positionals(verb, ['a'], ['ONE', 'TWO'])).toThrow(/TWO is missing/)
  expect(() => positionals(verb, ['a', 'b', 'c'], ['ONE', 'TWO'])).toThrow(/"c" is one word too many/)
})
