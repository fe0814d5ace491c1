import { encodeMessage, FRAME_MAX_BYTES, HitherError, ungranted, usualRefusal, type Jail, type Job } from '@hither/core'
import { STRANGERS_MEMORY_MB } from './limits.ts'
import type { Excess } from './caps.ts'

/** Of the reason; a sentence, not a report. */
const BROKEN_OFF_MAX_CHARS = 1000

/** What is left of a frame when the other fields of a load have their room. */
const VARIABLES_MAX_BYTES = FRAME_MAX_BYTES - 1024

/** What the runner itself says no with. */

export function draining(): HitherError {
  return usualRefusal('stopping')
}

export function busy(retryAfterMs: number): HitherError {
  return usualRefusal('full', retryAfterMs)
}

/** Nothing of it ran, and another runner may have a place for it. */
export function noPlace(waitedMs: number, retryAfterMs: number): HitherError {
  return new HitherError('busy', 'no slot of the runner became free in time', {
    why: `the call waited for ${Math.round(waitedMs)} ms`,
    fix: 'call another runner, this one again later, or give the call more time',
    data: { retryAfterMs },
  })
}

/** Another runner may have a core for it in time. */
export function noTime(waitMs: number, leftMs: number): HitherError {
  return new HitherError('busy', 'the call would wait for longer than it has', {
    why: `some ${Math.round(waitMs)} ms of calls that burn are ahead of it, and it has ${Math.round(leftMs)} ms`,
    fix: 'call another runner, this one again later, or give the call more time',
    data: { retryAfterMs: Math.ceil(waitMs) },
  })
}

/** It is better told now than ended in the middle: nothing of it ran. */
export function noTimeLeft(meanMs: number, leftMs: number, retryAfterMs: number): HitherError {
  return new HitherError('busy', 'the call has waited for longer than it can', {
    why: `its function takes some ${Math.round(meanMs)} ms of a core, and it has ${Math.round(leftMs)} ms left`,
    fix: 'call another runner, this one again later, or give the call more time',
    data: { retryAfterMs: Math.ceil(retryAfterMs) },
  })
}

export function crowdedOut(retryAfterMs: number): HitherError {
  return usualRefusal('crowdedOut', retryAfterMs)
}

/** What its owner set a bound to, in words. */
const CAPPED = {
  calls: 'calls at once of one publisher',
  callerCalls: 'calls at once of one caller',
  functions: 'functions at once of one publisher',
}

export function capped({ cap, limit }: Excess, retryAfterMs: number): HitherError {
  return new HitherError('busy', `the runner takes no more of this for now: its cap is ${limit} ${CAPPED[cap]}`, {
    why: 'its owner has set that with fn trust',
    fix: 'call another runner, or this one again later',
    data: { retryAfterMs, cap, limit },
  })
}

export function leftAlone(): HitherError {
  return new HitherError('cancelled', 'the body of the answer was left before its end')
}

export function bodyTooLong(maxBytes: number): HitherError {
  return new HitherError('too-large', `the body of the request has more than ${maxBytes} bytes`, {
    why: 'the function takes no more',
    fix: 'send less, or raise `limits.bodyBytes` of the function',
  })
}

/** What a handler is told of a request that broke off. Errors that are no words of ours may tell of this machine. */
export function brokenOff({ code, message }: HitherError): string {
  const why = code === 'internal' ? '' : `: ${message.slice(0, BROKEN_OFF_MAX_CHARS)}`
  return `the body of the request broke off${why}`
}

export function pastDeadline(wallMs: number): HitherError {
  return new HitherError('timeout', 'the call ran past its deadline', {
    why: `it had ${Math.round(wallMs)} ms, waiting included`,
    fix: 'answer sooner, give the call more time, or raise `limits.wallMs` of the function',
  })
}

export function stopped(): HitherError {
  return new HitherError('sandbox-crashed', 'the runner was stopped before the call ended', {
    why: 'its time to finish what ran was over',
  })
}

export function notVolunteering(): HitherError {
  return usualRefusal('notVolunteering')
}

export function interrupted(): HitherError {
  return new HitherError('interrupted', 'the call was ended, for the owner of the machine needs it', {
    why: 'how far its function had got is not known',
    fix: 'call again; declare `effects` in the function so that hither may do that by itself',
  })
}

/** To everybody, or to one publisher. */
export function lendsTooLittle(whose: 'all functions' | 'all functions of its publisher', lentMb: number): HitherError {
  return new HitherError('sandbox-crashed', 'the process that ran the call was ended', {
    why: `${whose} together used more than the ${lentMb} MB that this runner lends them`,
    fix: 'call again: another runner may have more',
  })
}

/** Undefined where the jail can run it. */
export function unsupported({ manifest, profile }: Job, jail: Jail, lentMb: number): HitherError | undefined {
  const { needs, limits } = manifest
  const refusal = ungranted(jail, profile, needs)
  if (refusal !== undefined) return refusal
  const mostMb = profile === 'strangers' ? Math.min(lentMb, STRANGERS_MEMORY_MB) : lentMb
  if (limits.memoryMb <= mostMb) return undefined
  return new HitherError('unsupported', `the function may use ${limits.memoryMb} MB`, {
    why:
      mostMb < lentMb
        ? `this runner gives strangers ${mostMb} MB`
        : `this runner lends its publisher ${lentMb} MB in all`,
    fix: 'call a runner that lends more, or lower `limits.memoryMb` of the function',
  })
}

/** Undefined where a function's variables and secrets fit into the frame that loads it. */
export function tooManyVariables({ manifest, secrets }: Job): HitherError | undefined {
  if (secrets === undefined) return undefined
  const bytes = encodeMessage({ ...manifest.env, ...secrets.values }).length
  if (bytes <= VARIABLES_MAX_BYTES) return undefined
  return new HitherError('unsupported', `the function's variables and secrets have ${bytes} bytes together`, {
    why: `the limit is ${VARIABLES_MAX_BYTES}`,
    fix: 'move large values out of `env`',
  })
}

export function tooLarge(what: 'head' | 'body', bytes: number, maxBytes: number): HitherError {
  return new HitherError('too-large', `the ${what} of the request has ${bytes} bytes`, {
    why: `the limit is ${maxBytes}`,
    fix: 'send less',
  })
}
