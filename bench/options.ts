import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'

export interface Options {
  quick: boolean
  only: string[] | undefined
  rounds: number
  /** Undefined: nowhere. */
  out: string | undefined
  /** All topics, each at its full length: what is committed is of such a run only. */
  whole: boolean
}

export const USAGE = `npm run bench -- [--quick] [--only TOPIC,TOPIC] [--rounds N] [--out FILE]
  --quick    under three minutes: what has a bar, in fewer cases and shorter rounds
  --only     these topics: TOPICS
  --rounds   of each comparison; 5 without it, and at least
  --out      where the report goes as JSON; bench/results/latest.json without it after a run of all topics at full length, which the README then quotes`

/** As few as a median needs that two disturbed rounds must not move. */
const ROUNDS_MIN = 5

const LATEST = fileURLToPath(new URL('results/latest.json', import.meta.url))

/** Throws an error with a text for the user. */
export function readOptions(args: readonly string[], topics: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      rounds: { type: 'string', default: String(ROUNDS_MIN) },
      out: { type: 'string' },
    },
  })
  const only = values.only === undefined ? undefined : [...new Set(values.only.split(','))]
  const unknown = only?.find((topic) => !topics.includes(topic))
  if (unknown !== undefined) throw new Error(`there is no topic "${unknown}"; there are ${topics.join(', ')}`)
  const rounds = wholeNumber('--rounds', values.rounds, [ROUNDS_MIN, 1000])
  const whole = !values.quick && only === undefined && values.out === undefined
  return { quick: values.quick, only, rounds, whole, out: values.out ?? (whole ? LATEST : undefined) }
}

/** Throws an error with a text for the user. */
export function wholeNumber(flag: string, text: string, [from, to]: [from: number, to: number]): number {
  const value = numberOf(text)
  if (Number.isInteger(value) && value >= from && value <= to) return value
  throw new Error(`${flag} takes a whole number from ${from} to ${to}, not "${text}"`)
}

/** Throws an error with a text for the user. */
export function numberWithin(flag: string, text: string, [from, to]: [from: number, to: number]): number {
  const value = numberOf(text)
  if (value >= from && value <= to) return value
  throw new Error(`${flag} takes a number from ${from} to ${to}, not "${text}"`)
}

function numberOf(text: string): number {
  return text.trim() === '' ? NaN : Number(text)
}
