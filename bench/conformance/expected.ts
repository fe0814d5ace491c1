import { readFileSync } from 'node:fs'
import type { Failure, Tally } from './tally.ts'

/** Subtests of one file that are known to fail in the isolate, and why. */
export interface Expected {
  file: string
  why: string
  tests: string[]
}

export interface Comparison {
  regressions: Failure[]
  /** Known failures with the reason for each. */
  known: { failure: Failure; why: string }[]
  /** Expected to fail, and passed: the file of expectations wants mending. */
  mended: { file: string; name: string }[]
}

export function readExpected(): Expected[] {
  return JSON.parse(readFileSync(new URL('expected.json', import.meta.url), 'utf8')) as Expected[]
}

export function compare({ failures, passes }: Tally, expected: Expected[]): Comparison {
  const whys = new Map(expected.flatMap(({ file, why, tests }) => tests.map((name) => [keyOf(file, name), why])))
  const whyOf = ({ file, name }: Failure): string | undefined => whys.get(keyOf(file, name))
  return {
    regressions: failures.filter((failure) => whyOf(failure) === undefined),
    known: failures.flatMap((failure) => {
      const why = whyOf(failure)
      return why === undefined ? [] : [{ failure, why }]
    }),
    mended: expected.flatMap(({ file, tests }) =>
      tests.filter((name) => passes.get(file)?.has(name) === true).map((name) => ({ file, name })),
    ),
  }
}

function keyOf(file: string, name: string): string {
  return JSON.stringify([file, name])
}
