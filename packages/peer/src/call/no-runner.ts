import { HitherError, sayWhom, type ErrorCode, type PeerId, type Route } from '@hither/core'
import type { Journey } from './journey.ts'

/** Who did not take it. */
interface Met {
  peer: PeerId
  /** Unknown where another reason than its word kept the call from it. */
  code?: string
  why: string
}

/** One runner's reason, in a list of several. */
const REASON_MAX_CHARS = 300

interface Meeting {
  /** This very machine. */
  self: PeerId
  /** Peers with a link. */
  connected: number
  /** Who alone may have it. */
  bound: PeerId | undefined
}

/** The error of a call that nobody took: who was tried, why each said no, and what would help. */
export function noRunner(journey: Journey, { skipped }: Route, meeting: Meeting): HitherError {
  const { connected, bound } = meeting
  const refusals = refusalsOf(journey)
  const triedPeers = new Set(refusals.map(({ peer }) => peer))
  const met: Met[] = [...refusals, ...skipped.filter(({ peer }) => !triedPeers.has(peer))]
  const tried = bound === undefined ? met : met.filter(({ peer }) => peer === bound)
  const reasons = tried.map(({ peer, why }) => `${peer}: ${why.slice(0, REASON_MAX_CHARS)}`)
  const { require = [], avoid = [] } = journey.wants
  const freeInMs = freeIn(journey)
  return new HitherError('no-runner', 'no runner took the call', {
    why: [
      ...askedFor(journey),
      ...sentTo(bound),
      ...(reasons.length === 0 ? [absent(connected, bound)] : reasons),
    ].join('\n'),
    fix: advice(journey, met, { ...meeting, freeInMs }),
    data: {
      tried,
      ...(freeInMs !== undefined && { retryAfterMs: freeInMs }),
      ...(require.length > 0 && { require }),
      ...(avoid.length > 0 && { avoid }),
    },
  })
}

/** When the first of those that are full should have a place, by their own word, in ms. */
function freeIn({ tried }: Journey): number | undefined {
  const said = [...tried.values()].flatMap(({ code, retryAfterMs }) => (code === 'busy' ? (retryAfterMs ?? []) : []))
  return said.length === 0 ? undefined : Math.min(...said)
}

function askedFor({ wants: { require = [], avoid = [] } }: Journey): string[] {
  const must = require.length === 0 ? [] : [`asked for a runner ${require.map(sayWhom).join(' and ')}`]
  const not = avoid.length === 0 ? [] : [`asked for none ${avoid.map(sayWhom).join(', and for none ')}`]
  return [...must, ...not]
}

/** A second runner would run it a second time. */
function sentTo(bound: PeerId | undefined): string[] {
  return bound === undefined
    ? []
    : [`it was sent to ${bound} before, under this idempotency key, and may have run there`]
}

/** Of each that was tried, or waited for, the last word. */
function refusalsOf({ attempts, tried }: Journey): Met[] {
  const said = attempts.map(({ peer, outcome, message }) => ({ peer, code: outcome, why: message ?? outcome }))
  const waitedFor = [...tried].map(([peer, { code, message }]) => ({ peer, code, why: message }))
  return [...said, ...waitedFor.filter(({ peer }) => !attempts.some((attempt) => attempt.peer === peer))]
}

function absent(connected: number, bound: PeerId | undefined): string {
  if (bound !== undefined) return `${bound} is not known any more`
  if (connected === 0) return 'no other peer is connected, and this one runs nothing'
  return `${connected} peers are connected, but none of them volunteers to run functions`
}

interface Circumstances extends Meeting {
  freeInMs: number | undefined
}

function advice(journey: Journey, met: Met[], { freeInMs, self, connected, bound }: Circumstances): string {
  const { resolved, wants } = journey
  const said = (code: ErrorCode): Met | undefined => met.find((one) => one.code === code)
  if (bound !== undefined) {
    return 'repeat it with the same key when that runner can take it; with another key it may run twice, elsewhere too'
  }
  const own = ownAdvice(journey)
  if (own !== undefined) return own
  if (said('not-admitted') !== undefined) return admission(resolved, self)
  const lacking = said('secret-missing')
  if (lacking !== undefined) {
    const [, key = 'KEY'] = /the secret (\w+)/.exec(lacking.why) ?? []
    return `its publisher can give it: fn secret set ${resolved.name?.split('/').at(-1) ?? 'NAME'} ${key} --runner ${lacking.peer}`
  }
  if (said('busy') !== undefined) {
    const s = Math.ceil((freeInMs ?? 0) / 1000)
    const free = freeInMs === undefined ? '' : `, for there should be a place in ${s === 1 ? 'a second' : `${s} s`}`
    return `let the call wait for longer, as with fn invoke --wait ${Math.max(30, 2 * s)}s${free}; or add a runner: fn up --volunteer`
  }
  if (met.some(({ peer, code }) => peer === self && code === 'not-volunteering')) {
    return 'this machine takes no work now; fn volunteer status says why'
  }
  const labels = (wants.require ?? []).flatMap((whom) =>
    typeof whom === 'object' && 'label' in whom ? whom.label : [],
  )
  if (labels.length > 0) {
    return `start a runner that has what was asked for: fn up --volunteer ${labels.map((label) => `--label ${label}`).join(' ')}`
  }
  if (connected === 0) return 'start a runner on this LAN with `fn up --volunteer`, or name a peer with --bootstrap'
  return 'start a runner: fn up --volunteer'
}

/**
 * A runner that said no in this call knows best what would change that: whether it has no trust in the publisher or in the caller, say.
 * Not so where another will do, or where it does not know what to call itself.
 */
function ownAdvice({ tried, resolved: { name } }: Journey): string | undefined {
  for (const [peer, { code, fix }] of tried) {
    const knowsBest = OWN_ADVICE.has(code) || (code === 'secret-missing' && name === undefined)
    if (fix !== undefined && knowsBest) return `${peer}: ${fix.slice(0, REASON_MAX_CHARS)}`
  }
  return undefined
}

const OWN_ADVICE: ReadonlySet<ErrorCode> = new Set(['not-admitted', 'unsupported', 'unknown-function'])

/** It said so of late, and no more is known of it than that. */
function admission({ publisher }: Journey['resolved'], self: PeerId): string {
  return `ask a runner's owner to admit the publisher: fn trust add ${publisher ?? 'KEY'}; or this machine, where its calls are refused: fn trust allow ${self}`
}
