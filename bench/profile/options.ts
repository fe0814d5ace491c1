import { parseArgs } from 'node:util'
import { numberWithin, wholeNumber } from '../options.ts'

const WAYS = ['remote', 'gateway'] as const

export interface Options {
  way: (typeof WAYS)[number]
  seconds: number
  atOnce: number
  rows: number
  /** Where the profiles stay; undefined: nowhere. */
  keep: string | undefined
}

export const USAGE = `npm run profile -- [--way WAY] [--seconds N] [--at-once N] [--rows N] [--keep DIR]
  --way       ${WAYS.join(' or ')}; ${WAYS[0]} without it
  --seconds   of calls that are looked at; 10 without it
  --at-once   calls under way at any time; 16 without it
  --rows      of each table; 30 without it
  --keep      where the profiles stay, for a viewer`

/** Throws an error with a text for the user. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      way: { type: 'string', default: WAYS[0] },
      seconds: { type: 'string', default: '10' },
      'at-once': { type: 'string', default: '16' },
      rows: { type: 'string', default: '30' },
      keep: { type: 'string' },
    },
  })
  const way = WAYS.find((one) => one === values.way)
  if (way === undefined) throw new Error(`--way takes ${WAYS.join(' or ')}, not "${values.way}"`)
  return {
    way,
    seconds: numberWithin('--seconds', values.seconds, [0.1, 3600]),
    atOnce: wholeNumber('--at-once', values['at-once'], [1, 1000]),
    rows: wholeNumber('--rows', values.rows, [1, 10_000]),
    keep: values.keep,
  }
}
