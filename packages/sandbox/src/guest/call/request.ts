import { Request } from 'undici/lib/web/fetch/request.js'
import type { HeaderText } from '../wall/protocol.ts'

/** Throws where the Fetch Standard knows no such request. */
export function makeRequest(method: string, url: string, text: HeaderText, body: ArrayBuffer | undefined): Request {
  const headers: [string, string][] = []
  const lines = text === '' ? [] : text.split('\n')
  for (let at = 0; at < lines.length; at += 2) headers.push([lines[at] ?? '', lines[at + 1] ?? ''])
  // HTTP lets these two have a body; it means nothing, and a Request cannot hold it.
  const bodiless = body === undefined || method === 'GET' || method === 'HEAD'
  return new Request(url, { method, headers, body: bodiless ? null : new Uint8Array(body) })
}
