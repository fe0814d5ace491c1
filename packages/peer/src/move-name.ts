import {
  signRecord,
  type CID,
  type Clock,
  type Links,
  type NameRecord,
  type Names,
  type Options,
  type Signer,
} from '@hither/core'
import { waitForLinks, type Joining } from './network.ts'
import type { Resolver } from './resolve.ts'
import { isForked } from './standing.ts'

export interface NamingComponents {
  names: Names
  links: Links
  joining: Joining
  resolver: Pick<Resolver, 'refresh'>
  signer: Signer
  /** Ms since 1970: what a record tells people about when it was signed. */
  wallClock: Clock
  /** Runs after whatever runs already for this name: two moves of one name must not sign the same sequence. */
  oneAtATime<T>(name: string, run: () => Promise<T>): Promise<T>
}

/** Where a name shall point, and why; null removes it. */
export interface Move {
  cid: CID | null
  message: string
}

/**
 * Signs a name's next record and keeps it; none where the name points there already, unless that record is forked: a higher one
 * settles which is meant. Decided after a look for what was signed elsewhere with the same key.
 */
export async function moveName<M extends Move>(
  on: NamingComponents,
  name: string,
  decide: (current: NameRecord | undefined) => Promise<M>,
  { signal }: Options = {},
): Promise<{ record: NameRecord; moved: boolean; move: M }> {
  const { publisher } = on.signer
  const options = signal === undefined ? {} : { signal }
  return on.oneAtATime(name, async () => {
    await waitForLinks(on.links, () => on.links.list()[0], on.joining, options)
    await Promise.all([on.names.refresh(), on.resolver.refresh(publisher, name, options)])

    const current = on.names.get(publisher, name)
    const move = await decide(current)
    const stays = current !== undefined && sameFunction(current.cid, move.cid) && !isForked(on.names, current)
    const record = stays ? current : await sign(on, name, move, current)
    await on.names.put(record)
    return { record, moved: !stays, move }
  })
}

/** Above the highest sequence ever seen, though its record may be damaged: others have it, and would call this one a fork. */
function sign(
  { signer, names, wallClock }: NamingComponents,
  name: string,
  { cid, message }: Move,
  current: NameRecord | undefined,
): Promise<NameRecord> {
  return signRecord(signer, {
    name,
    sequence: names.highest(signer.publisher, name) + 1,
    cid,
    time: Math.round(wallClock()),
    message,
    prev: current?.id ?? null,
  })
}

function sameFunction(a: CID | null, b: CID | null): boolean {
  return a === null || b === null ? a === b : a.equals(b)
}
