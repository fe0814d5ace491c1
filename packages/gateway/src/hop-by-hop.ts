/** Headers that are about one connection, not about the message on it (RFC 9110, 7.6.1). */
const ALWAYS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** These, and what a `connection` header names besides. */
export function hopByHop(connection: string | undefined): ReadonlySet<string> {
  if (connection === undefined || /^(?:keep-alive|close)$/i.test(connection)) return ALWAYS
  return new Set([...ALWAYS, ...connection.split(',').map((name) => name.trim().toLowerCase())])
}
