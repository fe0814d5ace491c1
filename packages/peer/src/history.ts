import {
  HitherError,
  openRecord,
  toHitherError,
  within,
  type CID,
  type Links,
  type NameRecord,
  type Names,
  type Options,
  type PublisherId,
  type Within,
} from '@hither/core'
import type { Logger } from 'pino'
import { blockFetch } from './block-fetch.ts'
import { HISTORY_QUERY_MS } from './limits/names.ts'
import { waitForLinks, type Joining } from './network.ts'

export interface HistoryComponents {
  names: Names
  links: Links
  joining: Joining
  log: Logger
  /** Before the first question to a peer: a history that is whole here needs no network. */
  goOnline: () => Promise<void>
}

/**
 * A name's records, newest first. Where one of the newest `most` names a record that is not here, peers are asked for it by its
 * CID, as for any block: its hash and its signature prove it, whoever has it. What they do not have, or not soon, is left out.
 */
export async function completeHistory(
  on: HistoryComponents,
  publisher: PublisherId,
  name: string,
  most: number,
  options: Options = {},
): Promise<NameRecord[]> {
  const records = on.names.history(publisher, name)
  const sought = new Set<string>()
  const missing = (): Successor | undefined =>
    records.slice(0, most - 1).find((record): record is Successor => {
      if (record.prev === null || sought.has(record.prev.toString())) return false
      return !records.some(({ id }) => id.equals(record.prev)) && on.names.byId(record.prev) === undefined
    })
  using held = new DisposableStack()
  let signal: AbortSignal | undefined
  for (let next = missing(); next !== undefined; next = missing()) {
    signal ??= held.use(await online(on, options)).signal
    sought.add(next.prev.toString())
    const past = await predecessor(on, next, signal)
    options.signal?.throwIfAborted()
    if (signal.aborted) break
    if (past !== undefined) insert(records, past)
  }
  return records
}

type Successor = NameRecord & { prev: CID }

/** The time for all questions together begins when there is somebody to ask. */
async function online({ goOnline, links, joining }: HistoryComponents, options: Options): Promise<Within> {
  await goOnline()
  await waitForLinks(links, () => links.list()[0], joining, options)
  return within(HISTORY_QUERY_MS, options.signal)
}

/** The record that another one replaced; undefined where no peer gives one that holds, or where it is a fork. */
async function predecessor(
  { names, links, log }: HistoryComponents,
  { publisher, name, sequence, prev }: Successor,
  signal: AbortSignal,
): Promise<NameRecord | undefined> {
  try {
    const bytes = await blockFetch(prev, { links, log, onEnd: () => {} }).wait({ signal })
    if (bytes === undefined) return undefined
    const past = await openRecord(bytes)
    const fits = past.publisher === publisher && past.name === name && past.sequence < sequence
    if (!fits || !past.id.equals(prev)) throw new HitherError('bad-record', 'it is of another name, or out of order')
    await names.fill(past)
    return past
  } catch (error) {
    // A fork was kept as evidence; whatever else it was, the history has a gap there.
    if (toHitherError(error).code !== 'timeout') log.warn({ name, sequence, err: error }, 'a past record was not taken')
    return undefined
  }
}

function insert(records: NameRecord[], past: NameRecord): void {
  const place = records.findIndex(({ sequence }) => sequence < past.sequence)
  records.splice(place < 0 ? records.length : place, 0, past)
}
