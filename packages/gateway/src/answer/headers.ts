import type { Headers } from '@hither/core'
import type { GatewayAnswer } from '../api.ts'
import { hopByHop } from '../hop-by-hop.ts'
import { isOwn } from '../own-header.ts'

/** What speaks for a whole origin, which a function may do only where it has one to itself. */
const FOR_AN_ORIGIN: ReadonlySet<string> = new Set(['clear-site-data', 'service-worker-allowed'])

/** Gives every page an origin of its own that nobody shares, so that it reads neither the other functions nor the gateway. */
const APART: Headers[number] = [
  'content-security-policy',
  'sandbox allow-scripts allow-forms allow-popups allow-modals allow-downloads',
]

export interface Circumstances {
  /** The function is one of several at this origin. */
  sharesOrigin: boolean
  /** Where the time went, as `server-timing` has it. */
  timing: string
}

/** A function's headers as Node sends them, names and values in turn, duplicates and all, with who ran it and how long it took. */
export function answerHeaders(answer: GatewayAnswer, { sharesOrigin, timing }: Circumstances): string[] {
  const { headers, peer, cid, call } = answer
  const hops = hopByHop(valuesOf(headers, 'connection').join(',') || undefined)
  const all: string[] = []
  for (const [name, value] of headers) {
    const small = name.toLowerCase()
    const spoken = small === 'content-length' || isOwn(small) || (sharesOrigin && FOR_AN_ORIGIN.has(small))
    if (!spoken && !hops.has(small)) all.push(name, value)
  }
  if (peer !== undefined) all.push('hither-peer', peer)
  if (cid !== undefined) all.push('hither-cid', cid)
  if (call !== undefined) all.push('hither-call', call)
  all.push('server-timing', timing)
  if (sharesOrigin) all.push(...APART)
  return all
}

/** The length that a function itself gives its answer's body; undefined where it gives none, or more than one. */
export function givenLength(headers: Headers): number | undefined {
  const [value = '', ...more] = new Set(valuesOf(headers, 'content-length'))
  const bytes = Number(value)
  return more.length === 0 && /^\d+$/.test(value) && Number.isSafeInteger(bytes) ? bytes : undefined
}

function valuesOf(headers: Headers, wanted: string): string[] {
  return headers.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value)
}
