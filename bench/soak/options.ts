import { parseArgs } from 'node:util'
import { numberWithin } from '../options.ts'

export interface Options {
  minutes: number
}

const MINUTES_MAX = 24 * 60

export const USAGE = `npm run soak -- [--minutes N]
  --minutes   of steady work, after the rush of some minutes before it; 20 without it`

/** Throws an error with a text for the user. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({ args: [...args], options: { minutes: { type: 'string', default: '20' } } })
  return { minutes: numberWithin('--minutes', values.minutes, [0.1, MINUTES_MAX]) }
}
