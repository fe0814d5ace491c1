import { HOP_BY_HOP } from '@hither/core'

/** The usual ones, and what a `connection` header names besides. */
export function hopByHop(connection: string | undefined): ReadonlySet<string> {
  if (connection === undefined || /^(?:keep-alive|close)$/i.test(connection)) return HOP_BY_HOP
  return new Set([...HOP_BY_HOP, ...connection.split(',').map((name) => name.trim().toLowerCase())])
}
