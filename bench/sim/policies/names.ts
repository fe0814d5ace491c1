import { cidOf, warmHint, type CID, type PeerId } from '@hither/core'

/** What the router calls the peers and functions of a world. */
export interface Names {
  /** By runner. */
  peers: PeerId[]
  runnerOf: Map<PeerId, number>
  /** By function. */
  cids: CID[]
  hints: Uint8Array[]
}

export async function makeNames(runners: number, functions: number): Promise<Names> {
  // As long as real ones, so that they take as much room.
  const peers = Array.from({ length: runners }, (_, i) => `12D3KooW${String(i).padStart(44, 'r')}`)
  const cids = await Promise.all(
    Array.from({ length: functions }, (_, i) => cidOf(new TextEncoder().encode(`function ${i}`), 'dag-cbor')),
  )
  return { peers, runnerOf: new Map(peers.map((peer, i) => [peer, i])), cids, hints: cids.map((cid) => warmHint(cid)) }
}
