import { HitherError, sayWhom, type PeerId, type PublisherId, type Route } from '@hither/core'
import type { Journey } from './journey.ts'

interface Refusal {
  peer: PeerId
  code: string
  why: string
}

/** One runner's reason, in a list of several. */
const REASON_MAX_CHARS = 300

/** The error of a call that nobody took: who was tried, why each said no, and what would help. */
export function noRunner(journey: Journey, { skipped }: Route, connected: number): HitherError {
  const refusals = refusalsOf(journey)
  const { publisher } = journey.resolved
  const triedPeers = new Set(refusals.map(({ peer }) => peer))
  const tried = [...refusals, ...skipped.filter(({ peer }) => !triedPeers.has(peer))]
  const reasons = tried.map(({ peer, why }) => `${peer}: ${why.slice(0, REASON_MAX_CHARS)}`)
  const { require = [], avoid = [] } = journey.wants
  return new HitherError('no-runner', 'no runner took the call', {
    why: [...askedFor(journey), ...(reasons.length === 0 ? [aloneOrIdle(connected)] : reasons)].join('\n'),
    fix: advice(refusals, connected, publisher),
    data: { tried, ...(require.length > 0 && { require }), ...(avoid.length > 0 && { avoid }) },
  })
}

function askedFor({ wants: { require = [], avoid = [] } }: Journey): string[] {
  const must = require.length === 0 ? [] : [`asked for a runner ${require.map(sayWhom).join(' and ')}`]
  const not = avoid.length === 0 ? [] : [`asked for none ${avoid.map(sayWhom).join(', and for none ')}`]
  return [...must, ...not]
}

/** Of each that was tried, or waited for, the last word. */
function refusalsOf({ attempts, tried }: Journey): Refusal[] {
  const said = attempts.map(({ peer, outcome, message }) => ({ peer, code: outcome, why: message ?? outcome }))
  const waitedFor = [...tried].map(([peer, { code, message }]) => ({ peer, code, why: message }))
  return [...said, ...waitedFor.filter(({ peer }) => !attempts.some((attempt) => attempt.peer === peer))]
}

function aloneOrIdle(connected: number): string {
  if (connected === 0) return 'no other peer is connected, and this one runs nothing'
  return `${connected} peers are connected, but none of them volunteers to run functions`
}

function advice(refusals: { code: string }[], connected: number, publisher: PublisherId | undefined): string {
  if (refusals.some(({ code }) => code === 'not-admitted')) {
    return `ask a runner's owner to admit the publisher: fn trust add ${publisher ?? 'KEY'}`
  }
  if (refusals.some(({ code }) => code === 'secret-missing')) {
    return 'its publisher can give a runner the secrets: fn secret runners NAME add PEER'
  }
  if (refusals.some(({ code }) => code === 'busy')) {
    return 'let the call wait for longer, as with fn invoke --wait 30s; or add a runner: fn up --volunteer'
  }
  if (connected === 0) return 'start a runner on this LAN with `fn up --volunteer`, or name a peer with --bootstrap'
  return 'start a runner: fn up --volunteer'
}
