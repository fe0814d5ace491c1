/** The modules of Node.js that `nodejs_compat` brings; each is a file in `nodejs/`. */
export const NODE_MODULES: readonly string[] = [
  'assert',
  'assert/strict',
  'async_hooks',
  'buffer',
  'crypto',
  'events',
  'path',
  'path/posix',
  'process',
  'querystring',
  'stream',
  'stream/consumers',
  'stream/promises',
  'stream/web',
  'string_decoder',
  'timers',
  'timers/promises',
  'url',
  'util',
  'util/types',
  'zlib',
]

/** What serves in the place of a module that there cannot be, by its name without what follows a slash. */
const INSTEAD: Record<string, string> = {
  fs: 'an import with { type: "text" } or { type: "bytes" } for files that belong to the handler',
  http: 'fetch',
  http2: 'fetch',
  https: 'fetch',
  net: 'fetch, to a host that "egress" lists',
  tls: 'fetch, to a host that "egress" lists',
  dns: 'fetch, to a host that "egress" lists',
  child_process: 'a function of its own, called with fetch',
  cluster: 'nothing: a function runs wherever it is called',
  worker_threads: 'a function of its own, called with fetch',
  perf_hooks: 'the global performance',
  console: 'the global console',
  vm: 'nothing: code comes with the bundle',
}

export function insteadOf(name: string): string {
  return INSTEAD[name.replace(/\/.*/, '')] ?? 'a web API instead (fetch, crypto.subtle, URL, streams)'
}
