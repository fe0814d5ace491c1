import type * as Node from 'node:url'
import * as unenv from 'unenv/node/url'

/** It is typed in part only. */
const library = unenv as unknown as typeof Node

export const { fileURLToPath, parse, pathToFileURL, resolve, urlToHttpOptions } = library
export const { resolveObject, Url } = unenv
export const { URL, URLSearchParams } = globalThis

interface Shown {
  auth?: boolean
  fragment?: boolean
  search?: boolean
  unicode?: boolean
}

export function domainToASCII(domain: string): string {
  // A scheme whose hosts are domains.
  return URL.parse(`ws://${domain}`)?.hostname ?? ''
}

export function domainToUnicode(domain: string): string {
  return library.domainToUnicode(domain)
}

export function format(url: URL | string, shown: Shown = {}): string {
  if (!(url instanceof URL)) return library.format(url)
  const { auth = true, fragment = true, search = true, unicode = false } = shown
  const copy = new URL(url)
  if (!auth) copy.username = copy.password = ''
  if (!fragment) copy.hash = ''
  if (!search) copy.search = ''
  return unicode ? copy.href.replace(copy.hostname, domainToUnicode(copy.hostname)) : copy.href
}

export default {
  domainToASCII,
  domainToUnicode,
  fileURLToPath,
  format,
  parse,
  pathToFileURL,
  resolve,
  resolveObject,
  Url,
  URL,
  URLSearchParams,
  urlToHttpOptions,
}
