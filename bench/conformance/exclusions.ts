/** What is not counted, for either engine, and why. Nothing is excluded because it fails. */
export interface Exclusion {
  match: RegExp
  why: string
}

/** By the path of the file. */
export const EXCLUDED_FILES: Exclusion[] = [
  { match: /idlharness|\/idl/, why: 'generated from IDL files, which servers do not implement to the letter' },
  { match: /^streams\/transferable/, why: 'moves streams between threads, and a function has one' },
  { match: /crashtests/, why: 'has no assertions' },
  {
    match: /secure_context|cache\.https|serviceworker|keepalive/,
    why: 'is about pages, their cache and their unloading',
  },
  { match: /^(?!compression\/).*tentative/, why: 'is about no standard yet' },
  { match: /cloned-any/, why: 'hands requests between windows' },
  { match: /^encoding\/legacy/, why: 'is about forms and links in HTML' },
  { match: /^hr-time\/(raf|window)/, why: 'is about frames of a screen' },
  {
    match: /mldsa|mlkem|argon|chacha|kmac|cshake|sha3|aes[_-]ocb|turboshake|kangaroo/i,
    why: 'is about algorithms that Web Cryptography proposes and does not have yet (post-quantum, SHA-3 and others)',
  },
]

/** By the file, where a subtest failed in both. */
export const EXCLUDED_WHERE_FAILING: Exclusion[] = [
  { match: /owning-type/, why: 'is about `type: "owning"` of streams, a proposal' },
  { match: /replacement-enc|unsupported-enc/, why: 'decodes by XMLHttpRequest and iframes' },
  { match: /request-cache/, why: 'needs the server of web-platform-tests and an HTTP cache' },
]

/** By the name or the message of a subtest that failed in the isolate, whatever Node says. */
export const EXCLUDED_BY_DESIGN: Exclusion[] = [
  {
    match: /SharedArrayBuffer|shared Uint8Array|sabConstructor|shared memory is not granted/,
    why: 'needs SharedArrayBuffer, which functions do not get: the threat model grants no shared memory',
  },
]

/** By the name or the message of a subtest that failed in both. */
export const EXCLUDED_FAILURES: Exclusion[] = [
  { match: /no network|Received non-200|fetch failed|ENOTFOUND/, why: 'needs the server of web-platform-tests' },
  { match: /XMLHttpRequest|FileReader|onload is not defined/, why: 'needs what only pages have' },
  { match: /VideoFrame/, why: 'needs video' },
  { match: /ShadowRealm/, why: 'needs ShadowRealm, a proposal' },
  { match: /Non-secure context/, why: 'is about pages without TLS' },
  { match: /'owning'/, why: 'is about `type: "owning"` of streams, a proposal' },
]

export function whyExcluded(exclusions: Exclusion[], text: string): string | undefined {
  return exclusions.find(({ match }) => match.test(text))?.why
}
