import { parseArgs } from 'node:util'
import { HitherError } from '@hither/core'
import { COMMON, JOINING, plainSpecs } from './options.ts'
import type { Verb } from './verb.ts'
import { VERBS } from './verbs.ts'

/** Slips of the fingers: a letter too many, one too few, another, or two that changed places. */
const SLIPS_MAX = 2

export interface Command {
  word: string | undefined
  /** What else stands on the command line. */
  rest: string[]
}

/**
 * The verb's word is the first that is neither an option nor an option's value. What stands before it and only some verbs know may take
 * the word behind it as its value or not: then the first verb counts that knows all of it. Throws `usage` where none does.
 */
export async function commandOf(argv: string[]): Promise<Command> {
  const first = firstWord(argv, { ...COMMON, ...JOINING })
  if (first.index === undefined || first.unknown === undefined) return split(argv, first.index)
  for (const [index, word] of argv.entries()) {
    if (!isVerb(word)) continue
    const { options } = await loadVerb(word)
    const own = firstWord(argv, { ...COMMON, ...options })
    if (own.index === index && own.unknown === undefined) return split(argv, index)
  }
  // Which option it does not know it says itself.
  if (isVerb(argv[first.index] ?? '')) return split(argv, first.index)
  throw new HitherError('usage', `no command that stands here has the option ${first.unknown}`, {
    why: `"${argv[first.index]}" is no command either`,
    fix: 'fn help   lists the commands, and fn COMMAND --help its options, which best stand behind it',
  })
}

/** Where the first word stands by these options, and the first option before it that is none of them. */
function firstWord(argv: string[], specs: Verb['options']): { index?: number; unknown?: string } {
  const options = plainSpecs(specs)
  const { tokens } = parseArgs({ args: argv, options, strict: false, allowPositionals: true, tokens: true })
  let unknown: string | undefined
  for (const token of tokens) {
    if (token.kind === 'option' && !Object.hasOwn(specs, token.name)) unknown ??= token.rawName
    if (token.kind === 'positional') return { index: token.index, ...(unknown !== undefined && { unknown }) }
  }
  return {}
}

function split(argv: string[], index: number | undefined): Command {
  return index === undefined ? { word: undefined, rest: argv } : { word: argv[index], rest: argv.toSpliced(index, 1) }
}

function isVerb(word: string): boolean {
  return Object.hasOwn(VERBS, word)
}

/** Throws `usage`, with the command that may be meant. */
export async function loadVerb(word: string): Promise<Verb> {
  const load = isVerb(word) ? VERBS[word] : undefined
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
