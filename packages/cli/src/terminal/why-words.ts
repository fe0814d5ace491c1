import type { CallProgress, Candidate, Prediction, Route } from '@hither/core'
import type { CallStory } from '@hither/peer'
import { clean } from './output.ts'
import { ms, shortPeer, table } from './words.ts'

/** How a call went, in a user's words. */
export function storyWords(story: CallStory): string {
  const { call, method, target, path, trace, name, cid, time, attempts } = story
  const routes = story.steps.flatMap(({ event }) => (event.type === 'call:routed' ? [event.route] : []))
  const route = routes.findLast(({ choice }) => story.peer === undefined || choice === story.peer) ?? routes.at(-1)
  return [
    `call      ${call}: ${clean(`${method} ${target}${path === '/' ? '' : path}`)}`,
    ...(cid === undefined ? [] : [`function  ${cid}${name === undefined ? '' : ` (${clean(name)})`}`]),
    ...(trace === undefined ? [] : [`trace     ${trace}`]),
    `when      ${new Date(time).toISOString()}`,
    `outcome   ${outcome(story)}`,
    ...reasons(story),
    ...(route === undefined ? [] : ['', ...chosen(route), ...leftOut(route)]),
    ...(story.predicted === undefined || story.phases === undefined ? [] : ['', phases(story, story.predicted)]),
    ...(attempts.length === 0 ? [] : ['', 'tries', ...attempts.map(triesLine)]),
    '',
    'steps',
    ...story.steps.map(({ atMs, event }) => `  ${ms(atMs).padStart(9)}  ${step(event)}`),
  ].join('\n')
}

function outcome({ outcome: end, message, peer, ms: took }: CallStory): string {
  const by = peer === undefined ? '' : ` by ${shortPeer(peer)}`
  if (end === 'answered') return `answered${by} after ${ms(took)}`
  return `failed${by} after ${ms(took)}: ${clean(message ?? end)} (${end})`
}

function reasons({ why, fix }: CallStory): string[] {
  const lines = why === undefined ? [] : clean(why).split('\n')
  return [
    ...lines.map((line, i) => `  ${i === 0 ? 'why:' : '    '} ${line}`),
    ...(fix === undefined ? [] : [`  fix: ${clean(fix)}`]),
  ]
}

/** The chosen one, and by what each other candidate would have taken longer. */
function chosen({ choice, candidates }: Route): string[] {
  if (choice === undefined) return ['chosen    nobody']
  const own = candidates.find(({ peer }) => peer === choice)?.predicted
  const others = candidates.filter(({ peer }) => peer !== choice)
  const lines = others.map(
    (other) => `  ${shortPeer(other.peer)}  ${ms(other.predicted.totalMs)}: ${against(other, own)}`,
  )
  const of = others.length === 0 ? 'the only candidate' : `of ${candidates.length} candidates`
  return [
    `chosen    ${shortPeer(choice)}, ${of}: ${own === undefined ? 'nothing predicted' : `${ms(own.totalMs)} predicted`}`,
    ...lines,
  ]
}

/** What each part of a prediction says of a candidate that has more of it. */
const WORSE: Record<Exclude<keyof Prediction, 'totalMs'>, string> = {
  networkMs: 'it is farther away',
  queueMs: 'more calls wait there',
  priceMs: 'it asks more, for it has much to do',
  transferMs: 'it would have to fetch the function first',
  coldMs: 'it would have to start the function first',
  serviceMs: 'it is slower at this function',
  penaltyMs: 'calls to it failed of late',
}

function against({ predicted, restMs }: Candidate, own: Prediction | undefined): string {
  if (own === undefined) return 'not chosen'
  const moreMs = predicted.totalMs - own.totalMs
  const parts = Object.entries(WORSE) as [keyof typeof WORSE, string][]
  const [worst] = parts.toSorted(([a], [b]) => predicted[b] - own[b] - (predicted[a] - own[a]))
  if (moreMs <= 0) return 'no worse; chance or the caller decided'
  if (restMs !== undefined)
    return `${ms(moreMs)} more: its answers were late by far; to be tried again in ${ms(restMs)}`
  return worst === undefined || predicted[worst[0]] <= own[worst[0]]
    ? `${ms(moreMs)} more`
    : `${ms(moreMs)} more: ${worst[1]}`
}

function leftOut({ skipped }: Route): string[] {
  if (skipped.length === 0) return []
  return ['left out', ...skipped.map(({ peer, why }) => `  ${shortPeer(peer)}  ${clean(why)}`)]
}

function phases(story: CallStory, predicted: Prediction): string {
  const actual = story.phases
  if (actual === undefined) return ''
  const rows: [string, number | undefined, number][] = [
    ['finding the function', undefined, actual.resolveMs],
    ['choosing, and waiting for a place', undefined, actual.routeMs],
    ['tries that came to nothing', undefined, actual.retriesMs],
    ['on the way', predicted.networkMs, actual.networkMs],
    ['fetching the function there', predicted.transferMs, actual.fetchMs],
    ['waiting for a slot', predicted.queueMs, actual.queueMs],
    ['starting the function', predicted.coldMs, actual.startMs],
    ['running', predicted.serviceMs, actual.runMs],
    ['in all', predictedMs(predicted), actual.totalMs],
  ]
  return table(
    ['phase', 'predicted', 'actual'],
    rows.map(([name, before, after]) => [name, before === undefined ? '' : ms(before), ms(after)]),
  )
}

/** What price and penalty add is no time that a call takes. */
function predictedMs({ totalMs, priceMs, penaltyMs }: Prediction): number {
  return totalMs - priceMs - penaltyMs
}

function triesLine({ peer, outcome: end, message, ms: took, hedge, times }: CallStory['attempts'][number]): string {
  const copy = hedge === true ? ', the second copy' : ''
  const often = times === undefined ? '' : `, ${times} times`
  const why = message === undefined ? '' : `: ${clean(message)}`
  return `  ${shortPeer(peer)}  ${end}${copy}${often} after ${ms(took)}${why}`
}

/** Whom, and out of how many, with what was predicted. */
function sentTo({ candidates, skipped }: Route, choice: string): string {
  const own = candidates.find(({ peer }) => peer === choice)?.predicted
  const within = own === undefined ? '' : `, ${ms(own.totalMs)} predicted`
  const out = skipped.length === 0 ? '' : `, ${skipped.length} left out`
  return `${shortPeer(choice)}${within} (of ${candidates.length}${out})`
}

/** In full, so that a slip can be found. */
export function unknownPeers(peers: readonly string[]): string {
  return `no peer is known here by the id ${peers.join(', nor by ')}`
}

/** A step of a call, in a user's words. */
export function step(event: CallProgress): string {
  switch (event.type) {
    case 'call:resolved':
      return 'found which function it is'
    case 'call:waiting':
      return `waits: ${clean(event.why)}${event.who === undefined || event.who.length === 0 ? '' : ` (${event.who.map(shortPeer).join(', ')})`}`
    case 'call:unknown-peers':
      return unknownPeers(event.peers)
    case 'call:routed':
      return event.route.choice === undefined ? 'found nobody' : `sent to ${sentTo(event.route, event.route.choice)}`
    case 'call:hedged':
      return `a second copy sent to ${shortPeer(event.peer)}, since ${shortPeer(event.after)} had not answered in ${ms(event.afterMs)}`
    case 'call:refused':
      return `${shortPeer(event.peer)} refused: ${clean(event.message)} (${event.code})`
    case 'call:failed':
      return `${shortPeer(event.peer)} failed: ${clean(event.message)} (${event.code})`
    case 'call:answered':
      break
  }
  return `${shortPeer(event.peer)} answered with ${event.status}`
}
