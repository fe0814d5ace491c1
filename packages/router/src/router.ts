import type { Placement, Random, Route, RouteQuery } from '@hither/core'
import { book } from './book.ts'
import { select, type Hindered } from './candidates.ts'
import { distanceTo } from './distance.ts'
import { evidenceOf } from './honesty.ts'
import { byPrediction, choose, lastResort, type Weighed } from './choose.ts'
import { SKIPPED_MAX } from './limits.ts'
import type { Question } from './obstacle.ts'
import { observe, type Memory } from './observe.ts'
import type { PeerRecord } from './peer-record.ts'
import { predict } from './predict.ts'
import { ownPlace } from './vivaldi.ts'
import { wants } from './wants.ts'
import { say } from './words.ts'

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
    const own = ownPlace(random)
    const distanceOf = (record: PeerRecord): number => distanceTo(record, own.coordinate())
    const memory: Memory = { own, book: book(distanceOf, init.maxPeers), functions: new Map() }
    return {
      observe: (observation, now) => observe(memory, observation, now),
      route: (query, now) => route(memory, random, query, now),
      coordinate: () => own.coordinate(),
      wants: () => wants(memory.book, distanceOf, random),
      evidence: () => evidenceOf(memory.book.offering),
    }
  }
}

/**
 * The life of a decision:
 *
 * 1. a bounded set of peers is looked at: near, spread, warm; who cannot be chosen is set aside with the reason;
 * 2. for each of the others the time until its answer is predicted, part by part;
 * 3. the least is chosen, by chance only among near-equals, and of those that the caller prefers where it can be one of them;
 * 4. where nobody is left, the least hindered is asked all the same.
 */
function route(memory: Memory, random: Random, query: RouteQuery, now: number): Route {
  const question: Question = { ...query, key: query.cid.toString() }
  const weigh = (record: PeerRecord): Weighed[] => {
    const { word } = record
    return word === undefined ? [] : [{ record, predicted: predict(record, word, memory, question, now) }]
  }

  const { free, hindered } = select(memory, question, now)
  const sorted = free.flatMap(weigh).sort(byPrediction)
  const preferred = sorted.filter(({ record }) => query.prefer?.includes(record.peer))
  const chosen = choose(preferred.length > 0 ? preferred : sorted, random)
  const resort = chosen === undefined ? lastResort(hindered, weigh) : undefined
  const choice = chosen ?? resort
  return {
    ...(choice !== undefined && { choice: choice.record.peer }),
    candidates: (resort === undefined ? sorted : [resort]).map(({ record, predicted }) => ({
      peer: record.peer,
      predicted,
    })),
    skipped: hindered.slice(0, SKIPPED_MAX).map((one) => explain(one, resort)),
  }
}

function explain({ record, obstacle }: Hindered, resort: Weighed | undefined): Route['skipped'][number] {
  const suffix = record === resort?.record ? '; asked all the same, since nobody else is left' : ''
  return { peer: record.peer, why: `${say(obstacle)}${suffix}` }
}
