import { parseArgs } from 'node:util'
import { HitherError } from '@hither/core'
import { COMMON, JOINING, plainSpecs } from './options.ts'
import type { Verb } from './verb.ts'
import { VERBS } from './verbs.ts'

/** Slips of the fingers: a letter too many, one too few, another, or two that changed places. */
const SLIPS_MAX = 2

/**
 * The verb's word, which is the first that is neither an option nor an option's value, and what else stands on the command line.
 * Before it only options can stand that do not depend on it.
 */
export function commandOf(argv: string[]): { word: string | undefined; rest: string[] } {
  const options = plainSpecs({ ...COMMON, ...JOINING })
  const { tokens } = parseArgs({ args: argv, options, strict: false, allowPositionals: true, tokens: true })
  const verb = tokens.find(({ kind }) => kind === 'positional')
  return verb === undefined
    ? { word: undefined, rest: argv }
    : { word: argv[verb.index], rest: argv.toSpliced(verb.index, 1) }
}

/** Throws `usage`, with the command that may be meant. */
export async function loadVerb(word: string): Promise<Verb> {
  const load = Object.hasOwn(VERBS, word) ? VERBS[word] : undefined
  if (load !== undefined) return (await load()).verb
  const meant = nearest(word, Object.keys(VERBS))
  throw new HitherError('usage', `fn has no command "${word}"`, {
    ...(meant !== undefined && { why: `did you mean fn ${meant}?` }),
    fix: 'fn help   lists them all',
  })
}

/** The word that this one may be a slip of; undefined where none is near. */
function nearest(word: string, words: readonly string[]): string | undefined {
  const [best] = words
    .map((one) => ({ one, slips: slipsBetween(word, one) }))
    // Of a short word half may not be another.
    .filter(({ one, slips }) => slips <= SLIPS_MAX && slips * 2 < Math.max(word.length, one.length))
    .sort((a, b) => a.slips - b.slips)
  return best?.one
}

/** Optimal string alignment distance. */
function slipsBetween(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Infinity
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    rows.push(row)
    for (let j = 1; j <= b.length; j++) {
      const other = a[i - 1] === b[j - 1] ? 0 : 1
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Infinity
      row.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + other, swapped))
    }
  }
  return at(a.length, b.length)
}
