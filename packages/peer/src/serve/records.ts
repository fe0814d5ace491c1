import {
  HitherError,
  openRecord,
  toHitherError,
  within,
  type Links,
  type NameRecord,
  type Names,
  type PeerId,
  type PublisherId,
} from '@hither/core'
import type { Logger } from 'pino'
import type { Admission } from '../admission.ts'
import type { Functions } from '../functions.ts'
import {
  ANNOUNCE_MS,
  ANNOUNCE_PEERS,
  NAMES_BESIDE_STRANGERS_MAX,
  NAMES_MAX,
  NAMES_PER_PUBLISHER_MAX,
} from '../limits/names.ts'
import { nearest } from '../network.ts'
import { publisherNotAdmitted } from '../rules/refusals.ts'

export interface RecordsComponents {
  names: Names
  links: Links
  functions: Functions
  admission: Admission
  /** Publishers whose names the user follows under a petname. */
  follows(publisher: PublisherId): boolean
  /** This peer holds functions for others: it is a runner. */
  keeps(): boolean
  log: Logger
}

/**
 * Takes an announced record: keeps it, passes on what is news, and where this peer is a runner fetches the function too.
 * Records of publishers that nobody here trusts or follows are refused, so that strangers cannot fill the disk.
 */
export function takeAnnouncement(
  on: RecordsComponents,
): (from: PeerId, bytes: Uint8Array) => Promise<{ kept: boolean }> {
  return async (from, bytes) => {
    const record = await openRecord(bytes)
    const { publisher } = record
    const verdict = on.admission.run(publisher)
    if (!verdict.admitted && !on.follows(publisher)) throw publisherNotAdmitted(publisher, verdict.by)
    const max = (verdict.admitted ? verdict.share.functions : undefined) ?? NAMES_PER_PUBLISHER_MAX
    checkRoom(on.names, record, max, verdict.admitted && verdict.profile === 'strangers' && !on.follows(publisher))
    const news = (await on.names.put(record)) === 'stored'
    if (news) passOn(on, record, from)
    if (!on.keeps() || !verdict.admitted || record.cid === null) return { kept: false }
    await on.functions.keep(record.cid, { from, signal: AbortSignal.timeout(ANNOUNCE_MS) })
    return { kept: true }
  }
}

/** Whoever is admitted may still not fill the disk with names, nor strangers take the room of those whom the user knows. */
function checkRoom(names: Names, { publisher, name, cid }: NameRecord, max: number, stranger: boolean): void {
  const known = names.keeps(publisher, name)
  if (known && (cid === null || names.get(publisher, name)?.cid !== null)) return
  const all = stranger ? NAMES_BESIDE_STRANGERS_MAX : NAMES_MAX
  const theirs = names.list(publisher)
  // Names that were removed are remembered, and take that room, but have no function.
  const live = theirs.filter((one) => one.cid !== null).length
  if (live < max && (known || (theirs.length < NAMES_PER_PUBLISHER_MAX && names.list().length < all))) return
  throw new HitherError('store-full', 'this peer keeps no further names of that publisher', {
    why: `the limits are ${max} functions and ${NAMES_PER_PUBLISHER_MAX} names of that publisher, and ${all} names in all, removed ones too`,
  })
}

/** Best effort and in the background: who misses it asks for the name when it is needed. */
function passOn({ links, log }: RecordsComponents, record: NameRecord, from: PeerId): void {
  const tell = async (peer: PeerId): Promise<void> => {
    using ends = within(ANNOUNCE_MS, undefined)
    try {
      await links.announce(peer, record.bytes, { signal: ends.signal })
    } catch (error) {
      log.debug({ peer, code: toHitherError(error).code }, 'a record was not passed on')
    }
  }
  for (const { peer } of nearest(links, ANNOUNCE_PEERS, from)) void tell(peer)
}
