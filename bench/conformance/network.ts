import type { Tree } from './tree.ts'

/**
 * The network that both engines' own `fetch` has: a server at the tests' address with the files of the tree, and nothing else.
 * Each engine is lent it at its lowest door, below all that a fetch does.
 */
export interface Served {
  type: string
  bytes: Uint8Array
}

/** Why a request fails that needs more. */
export const NO_NETWORK = 'no network'

/** What a plain file server could serve. The rest are programs, which only the server of web-platform-tests runs. */
const SERVED = /\.(json|txt|js|html|png|wasm|webm|vtt)$/

export function serve(tree: Tree, address: string): Served | undefined {
  const { hostname, pathname } = new URL(address)
  const path = decodeURIComponent(pathname.slice(1))
  const bytes = hostname.endsWith('web-platform.test') && SERVED.test(path) ? tree.read(path) : undefined
  if (bytes === undefined) return undefined
  return { bytes: new Uint8Array(bytes), type: path.endsWith('.json') ? 'application/json' : 'text/plain' }
}

/** Cut as a connection would bring it. */
export function piecesOf(bytes: Uint8Array): Uint8Array[] {
  const PIECE_BYTES = 64 * 1024
  return Array.from({ length: Math.ceil(bytes.length / PIECE_BYTES) }, (_, at) =>
    bytes.slice(at * PIECE_BYTES, (at + 1) * PIECE_BYTES),
  )
}
