import { isWhole } from '@hither/core'
import type { Pipe } from '../ipc/channel.ts'
import { FRAME } from '../ipc/frames.ts'
import { brokenOff } from './errors.ts'
import type { Resident } from './residents.ts'
import type { Ticket } from './ticket.ts'

/** Until when it may begin, and how long it may last: see `CallHead`. */
interface Turn {
  startBy: number
  patience: number
}

/** Sends a function, with its text where the process does not have its code. */
export function sendLoad(
  pipe: Pipe,
  { number, bundle }: Resident,
  { job, text }: Ticket,
  { startBy, patience }: Turn,
): void {
  const { cid, manifest, secrets } = job
  const env = { ...manifest.env, ...secrets?.values }
  const { memoryMb, bodyBytes } = manifest.limits
  const head = { name: cid.toString(), bundle, env, memoryMb, bodyBytes, startBy, patience }
  const code = text === undefined ? { remembered: true } : {}
  pipe.send(FRAME.load, number, { ...head, ...code }, new TextEncoder().encode(text ?? ''))
}

/** Sends a call to a function. A body that streams follows as its handler asks for it. */
export function sendCall(pipe: Pipe, ticket: Ticket, { startBy, patience }: Turn): void {
  const { job, fn, callId } = ticket
  const { cpuMs, bodyBytes } = job.manifest.limits
  const { method, url, headers } = job.request
  const body = bodyOf(pipe, ticket)
  const streams = body === undefined
  pipe.call(callId, { fn, method, url, headers, cpuMs, bodyBytes, startBy, patience, streams }, body)
}

/** What travels with the call itself; undefined where its body streams. */
function bodyOf(pipe: Pipe, { callId, feed, job }: Ticket): Uint8Array | undefined {
  const { body, request } = job
  if (feed === undefined) return isWhole(body) ? body : undefined
  if (isBodiless(request.method)) {
    feed.waive()
    return new Uint8Array(0)
  }
  feed.into({
    piece: (bytes, given) => pipe.piece(FRAME.piece, callId, bytes, given),
    finish: (error) => pipe.send(FRAME.finish, callId, error === undefined ? {} : { error: brokenOff(error) }),
  })
  return undefined
}

/** HTTP gives a body of these no meaning, and no `Request` has a place for it. */
function isBodiless(method: string): boolean {
  return /^(get|head)$/i.test(method)
}
