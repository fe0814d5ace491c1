import type { ReadableStream } from 'web-streams-polyfill'
import { Request } from 'undici/lib/web/fetch/request.js'
import type { HeaderText } from '../wall/protocol.ts'
import { HEAD_SHOWN_MAX_CHARS } from '../wall/limits.ts'
import { toJson } from '../primordials.ts'
import { typeOfView } from '../web/brands.ts'
import { plainRequest } from './plain-request.ts'

type Headers = [name: string, value: string][]
type Body = Uint8Array | ReadableStream<Uint8Array> | null

/** What a handler gets; or, as a text, which part of the request the Fetch Standard knows no Request with. */
export function makeRequest(method: string, url: string, text: HeaderText, body: Body): Request | string {
  const headers: Headers = []
  const lines = text === '' ? [] : text.split('\n')
  for (let at = 0; at < lines.length; at += 2) headers.push([lines[at] ?? '', lines[at + 1] ?? ''])
  const kept = isBodiless(method) ? null : body
  try {
    const plain = isStream(kept) ? undefined : plainRequest(method, url, headers, kept)
    return plain ?? new Request(url, { method, headers, body: kept, duplex: 'half' })
  } catch (thrown) {
    const fault = faultIn(method, url, headers)
    if (fault === undefined) throw thrown
    return fault
  }
}

function isStream(body: Body): body is ReadableStream<Uint8Array> {
  return body !== null && typeOfView(body) === undefined
}

/** HTTP lets these have a body, without a meaning; a Request cannot hold it, so it is dropped. */
function isBodiless(method: string): boolean {
  const name = method.toUpperCase()
  return name === 'GET' || name === 'HEAD'
}

/** Tried one by one, so that the part at fault has a name. URLs and values are not repeated: they may hold secrets. */
function faultIn(method: string, url: string, headers: Headers): string | undefined {
  if (!isPossible('GET', url, [])) return 'its URL is not absolute, cannot be parsed, or holds a user name or password'
  if (!isPossible(method, url, [])) return `its method ${show(method)} is none that a handler can be called with`
  const header = headers.find((one) => !isPossible('GET', url, [one]))
  if (header === undefined) return undefined
  const [name] = header
  if (!isPossible('GET', url, [[name, '']])) return `${show(name)} is no name of a header`
  return `the value of its header ${show(name)} has a character that no header can have`
}

function isPossible(method: string, url: string, headers: Headers): boolean {
  try {
    return new Request(url, { method, headers, body: null }).method !== ''
  } catch {
    // That it throws is the answer.
    return false
  }
}

function show(text: string): string {
  return toJson(text.slice(0, HEAD_SHOWN_MAX_CHARS))
}
