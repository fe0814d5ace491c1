/**
 * A path that is the same on every machine: packages by their place in `node_modules`, wherever that was hoisted to or
 * linked from; other files as they lie relative to the handler, which is how esbuild gives them.
 */
export function portablePath(path: string): string {
  const at = path.lastIndexOf('node_modules/')
  return at < 0 ? path : path.slice(at)
}

/** A source map with portable paths only. */
export function portableMap(map: Uint8Array): Uint8Array {
  const json = JSON.parse(new TextDecoder().decode(map)) as { sources: string[] }
  return new TextEncoder().encode(JSON.stringify({ ...json, sources: json.sources.map(portablePath) }))
}
