import { sayWhom, type ErrorCode, type Whom } from '@hither/core'
import type { Obstacle } from './obstacle.ts'

const REFUSED: Partial<Record<ErrorCode, string>> = {
  busy: 'was busy',
  draining: 'is shutting down',
  'not-volunteering': 'takes no work',
  'not-admitted': "does not run this publisher's code",
  'unknown-function': 'could not find this function',
  'secret-missing': 'does not have the secrets of this function',
  unsupported: 'cannot grant what this function needs',
}

/** What the peer itself says no with by it, if it does. */
export function codeOf(obstacle: Obstacle): ErrorCode | undefined {
  if (obstacle.kind === 'refused') return obstacle.code
  return obstacle.kind === 'not-accepting' ? 'not-volunteering' : undefined
}

/** An obstacle in the words that `fn why` shows. */
export function say(obstacle: Obstacle): string {
  switch (obstacle.kind) {
    case 'tried':
      return 'already tried in this call'
    case 'avoided':
      return `the caller wants ${named(obstacle.as)} avoided`
    case 'down':
      return 'down'
    case 'no-runner':
      return 'no runner: it has not offered to run anything'
    case 'not-accepting':
      return 'takes no work now'
    case 'no-slots':
      return 'lends no slots now'
    case 'no-link':
      return 'known by the word of others only: there is no link to it yet'
    case 'not-required':
      return unlike(obstacle.asked, obstacle.is)
    case 'little-memory':
      return `it lends ${obstacle.lentMb} MB to a function, and this one may use ${obstacle.neededMb}`
    case 'outlier':
      return `set aside: its answers come ${span(obstacle.lateMs)} later than they should${again(obstacle.restMs)}`
    case 'not-granted':
      return `its jail does not grant "${obstacle.need}"`
    case 'refused':
      return `${REFUSED[obstacle.code] ?? `refused (${obstacle.code})`} (said ${span(obstacle.agoMs)} ago)`
    case 'circuit':
      return `failed ${obstacle.failures} times in a row on this function; ${nextTry(obstacle.nextTryMs)}`
    case 'full':
      break
  }
  return `full: ${obstacle.slots} of ${obstacle.slots} slots busy, ${obstacle.waiting} waiting`
}

function named(whom: Whom): string {
  return typeof whom === 'string' ? 'it' : `runners ${sayWhom(whom)}`
}

function unlike(asked: Whom, is: string | undefined): string {
  if (typeof asked === 'string') return `the caller wants ${asked}`
  if ('label' in asked) return `it does not carry the label "${asked.label}"`
  if ('tier' in asked) return `its jail is of the tier "${is}", and the caller wants "${asked.tier}"`
  const own = is === undefined ? 'nobody has proven whose machine it is' : `it is a machine of ${is}`
  return `${own}, and the caller wants one of ${asked.publisher}`
}

function again(ms: number): string {
  return ms === 0 ? '' : `; ${nextTry(ms)}`
}

function nextTry(ms: number): string {
  return ms === 0 ? 'one call is trying it again now' : `to be tried again in ${span(ms)}`
}

/** 0.2 s, 12 s, 3 min. */
function span(ms: number): string {
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`
}
