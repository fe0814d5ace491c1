import { HitherError, type PublisherId, type Route } from '@hither/core'
import type { Attempt } from '../api.ts'

/** One runner's reason, in a list of several. */
const REASON_MAX_CHARS = 300

/** The error of a call that nobody took: who was tried, why each said no, and what would help. */
export function noRunner(
  attempts: readonly Attempt[],
  { skipped }: Route,
  connected: number,
  publisher: PublisherId | undefined,
): HitherError {
  const refusals = attempts.map(({ peer, outcome, message }) => ({ peer, code: outcome, why: message ?? outcome }))
  const triedPeers = new Set(refusals.map(({ peer }) => peer))
  const tried = [...refusals, ...skipped.filter(({ peer }) => !triedPeers.has(peer))]
  return new HitherError('no-runner', 'no runner took the call', {
    why:
      tried.length === 0
        ? aloneOrIdle(connected)
        : tried.map(({ peer, why }) => `${peer}: ${why.slice(0, REASON_MAX_CHARS)}`).join('\n'),
    fix: advice(refusals, connected, publisher),
    data: { tried },
  })
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
