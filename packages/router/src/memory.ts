import type { Random } from '@hither/core'
import { book, type Book } from './book.ts'
import { budget, type Budget } from './budget.ts'
import { distanceTo } from './distance.ts'
import type { Functions, UsualCold } from './functions.ts'
import type { Witnesses } from './hearsay.ts'
import { ownPlace, type OwnPlace } from './vivaldi.ts'

/** All that a router knows. */
export interface Memory {
  random: Random
  own: OwnPlace
  book: Book
  functions: Functions
  /** The mean run over all functions, in ms. */
  typicalMs: number | undefined
  usualCold: UsualCold
  /** How often a runner that was not known to have a function warm had it cold. Few name all that they have. */
  coldShare: number
  /** How much later answers come than is explained, whoever gave them, in ms. */
  usualLateMs: number
  budget: Budget
  witnesses: Witnesses
}

export function memory(random: Random, maxPeers: number | undefined): Memory {
  const own = ownPlace(random)
  return {
    random,
    own,
    book: book((record) => distanceTo(record, own), maxPeers),
    functions: new Map(),
    typicalMs: undefined,
    usualCold: { cold: undefined, fetch: undefined },
    coldShare: 1,
    usualLateMs: 0,
    budget: budget(),
    witnesses: new Map(),
  }
}
