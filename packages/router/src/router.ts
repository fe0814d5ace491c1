import type { Candidate, Placement, Random, Route, RouteQuery, Skipped } from '@hither/core'
import { retryAfterMs } from './again.ts'
import { select, type Hindered } from './candidates.ts'
import { byPrediction, choose, lastResort, probe, type Weighed } from './choose.ts'
import { distanceTo } from './distance.ts'
import { hedgeAfterMs, isAsGood } from './hedge.ts'
import { evidenceOf } from './honesty.ts'
import { SKIPPED_MAX } from './limits/choice.ts'
import { memory, type Memory } from './memory.ts'
import { isLasting, type Question } from './obstacle.ts'
import { observe } from './observe.ts'
import { setAside } from './outliers.ts'
import type { PeerRecord } from './peer-record.ts'
import { predict } from './predict.ts'
import { replica } from './replica.ts'
import { restMs } from './trial.ts'
import { forgetOld, wants } from './wants.ts'
import { isMeant } from './whom.ts'
import { codeOf, say } from './words.ts'

export interface RouterInit {
  /**
   * Peers to remember. Beyond it those go first that are down longest.
   *
   * @default BOOK_PEERS_MAX
   */
  maxPeers?: number
}

export interface RouterComponents {
  random: Random
}

export function router(init: RouterInit = {}): (components: RouterComponents) => Placement {
  return ({ random }) => {
    const known = memory(random, init.maxPeers)
    const { own, book } = known
    return {
      observe: (observation, now) => observe(known, observation, now),
      route: (query, now) => route(known, random, query, now),
      isAlone: (peer) => book.offering.length === 1 && book.offering[0]?.peer === peer,
      knows: (peer) => book.get(peer) !== undefined,
      coordinate: () => own.coordinate(),
      wants(now) {
        forgetOld(book, now)
        return wants(book, (record) => distanceTo(record, own), random)
      },
      evidence: (now) => evidenceOf(book.offering, now),
    }
  }
}

/**
 * The life of a decision:
 *
 * 1. a bounded set of peers is looked at: near, spread, warm; who cannot be chosen is set aside with the reason;
 * 2. for each of the others the time until its answer is predicted, part by part; outliers are set aside too;
 * 3. the least is chosen, by chance only among near-equals, and of those that the caller prefers where it can be one of them; or
 *    somebody who would be the least but for faults of late, to find out whether they are over;
 * 4. of a function that has grown hot, a call makes the next runner warm before others have to wait;
 * 5. where nobody is left, the least hindered is asked all the same;
 * 6. for a second copy only somebody about as good will do, and such copies and further tries after failures have budgets.
 */
function route(known: Memory, random: Random, query: RouteQuery, now: number): Route {
  const key = query.cid.toString()
  const question: Question = { ...query, key, known: known.functions.get(key) }
  const weigh = (record: PeerRecord): Weighed[] => {
    const { word } = record
    return word === undefined ? [] : [{ record, predicted: predict(record, word, known, question, now) }]
  }

  const { free, hindered: unfit } = select(known, question, now)
  const weighed: Weighed[] = []
  for (const record of free) {
    const { word } = record
    if (word !== undefined) weighed.push({ record, predicted: predict(record, word, known, question, now) })
  }
  const { kept, outliers } = setAside(weighed.sort(byPrediction), known, now)
  const hindered = outliers.length === 0 ? unfit : [...unfit, ...outliers]
  const preferred = query.prefer === undefined ? [] : kept.filter(({ record }) => isPreferred(record, query))
  const due = query.repeatable === true && query.hedge !== true && preferred.length === 0 ? probe(kept, now) : undefined
  const best = due ?? choose(preferred.length > 0 ? preferred : kept, random)
  const chosen = (best !== due && best !== undefined && preferred.length === 0 && replica(kept, best, question)) || best
  const resort = chosen === undefined && query.hedge !== true ? lastResort(hindered, weigh) : undefined

  const wanted = chosen ?? resort
  const overBudget = wanted !== undefined && isOverBudget(known, query, now)
  const mayBe = query.hedge !== true || (known.budget.mayHedge(now) && fits(wanted, hindered, weigh))
  const choice = overBudget || !mayBe ? undefined : wanted
  const afterMs = choice && hedgeAfterMs(choice, kept.length - 1, known, question, now)
  const againMs = chosen === undefined ? retryAfterMs(hindered, known) : undefined
  const decided: Route = {
    candidates: (resort === undefined ? kept : [resort]).map((one) => candidate(one, now)),
    skipped: hindered.slice(0, SKIPPED_MAX).map((one) => explain(one, resort)),
  }
  if (choice !== undefined) decided.choice = choice.record.peer
  if (choice !== undefined && isAlone(choice, kept, hindered)) decided.alone = true
  if (afterMs !== undefined) decided.hedgeAfterMs = afterMs
  if (againMs !== undefined) decided.retryAfterMs = againMs
  if (overBudget) decided.overBudget = true
  return decided
}

function isAlone({ record: only }: Weighed, kept: readonly Weighed[], hindered: readonly Hindered[]): boolean {
  if (kept.some(({ record }) => record !== only)) return false
  return hindered.every(({ record, obstacle }) => record === only || isLasting(obstacle))
}

function candidate({ record, predicted }: Weighed, now: number): Candidate {
  const { peer } = record
  const rest = restMs(record, now)
  return rest > 0 ? { peer, predicted, restMs: rest } : { peer, predicted }
}

function isPreferred(record: PeerRecord, { prefer = [] }: RouteQuery): boolean {
  return prefer.some((whom) => isMeant(record, whom))
}

/** Calls of links that broke are sent elsewhere whatever the budget says: all of one peer broke once. */
function isOverBudget({ book, budget }: Memory, { after, tried }: RouteQuery, now: number): boolean {
  if (after === undefined || budget.mayRetry(now)) return false
  return [...tried].some((peer) => book.get(peer)?.up === true)
}

/** For a second copy: about as good as the best of all, whoever has the first copy included. */
function fits(
  it: Weighed | undefined,
  hindered: readonly Hindered[],
  weigh: (record: PeerRecord) => Weighed[],
): boolean {
  if (it === undefined) return false
  const tried = hindered.filter(({ obstacle }) => obstacle.kind === 'tried').flatMap(({ record }) => weigh(record))
  return tried.every(({ predicted }) => isAsGood(it.predicted, predicted))
}

function explain({ record, obstacle }: Hindered, resort: Weighed | undefined): Skipped {
  const suffix = record === resort?.record ? '; asked all the same, since nobody else is left' : ''
  const skipped: Skipped = { peer: record.peer, why: `${say(obstacle)}${suffix}` }
  const code = codeOf(obstacle)
  if (code !== undefined) skipped.code = code
  return skipped
}
