import { parseTarget, type Clock, type NameRecord, type Names, type Options, type Standing } from '@hither/core'
import type { LogEntry, LoggedRecord, LogParams, NameLog } from './names-api.ts'
import { completeHistory, type HistoryComponents } from './history.ts'
import { LOG_RECORDS, LOG_RECORDS_MAX } from './limits/names.ts'
import type { OwnNames } from './own-name.ts'
import type { Resolver } from './resolve.ts'
import { standing } from './standing.ts'

export interface LogComponents extends HistoryComponents, OwnNames {
  resolver: Pick<Resolver, 'record'>
  /** Ms since 1970. */
  wallClock: Clock
}

/** A name's history, and whether it holds together. One's own, where it is whole here, is shown without the network. */
export async function log(on: LogComponents, params: LogParams, options: Options = {}): Promise<NameLog> {
  const limit = Math.max(1, Math.min(params.limit ?? LOG_RECORDS, LOG_RECORDS_MAX))
  await on.names.refresh()
  const { record: newest, unconfirmed } = await find(on, params.name, options)
  const { publisher, name } = newest
  // One more than is shown, to say what the last one follows.
  const records = await completeHistory(on, publisher, name, limit + 1, options)
  const entries = records.slice(0, limit).map((record, i): LogEntry => ({
    ...logged(record),
    follows: followed(on.names, record, records, i),
  }))
  const alias = [...on.aliases.byName].find(([, key]) => key === publisher)?.[0]
  return {
    name: `${publisher}/${name}`,
    ...(alias !== undefined && { alias }),
    own: publisher === on.signer.publisher,
    record: { ...standing(on.names, newest, on.wallClock()), unconfirmed },
    entries,
    whole: entries.every(({ follows }, i) => follows === (i === records.length - 1 ? 'nothing' : 'previous')),
    more: records.length > limit,
    forks: on.names.forks(publisher, name).map(logged),
  }
}

async function find(
  on: LogComponents,
  target: string,
  options: Options,
): Promise<{ record: NameRecord } & Pick<Standing, 'unconfirmed'>> {
  const parsed = parseTarget(target, on.signer.publisher, on.aliases.byName)
  if ('name' in parsed && parsed.publisher === on.signer.publisher) {
    const record = on.names.get(parsed.publisher, parsed.name)
    if (record !== undefined) return { record, unconfirmed: false }
  }
  await on.goOnline()
  const { record, standing: known } = await on.resolver.record(target, options)
  return { record, unconfirmed: known.unconfirmed }
}

/** What the record at a place in a history comes from. */
function followed(names: Names, { prev }: NameRecord, records: NameRecord[], at: number): LogEntry['follows'] {
  if (prev === null) return 'nothing'
  if (records[at + 1]?.id.equals(prev)) return 'previous'
  const elsewhere = names.byId(prev) ?? records.find(({ id }) => id.equals(prev))
  return elsewhere === undefined ? 'missing' : 'branch'
}

function logged({ sequence, time, id, cid, message, prev }: NameRecord): LoggedRecord {
  return {
    sequence,
    time,
    id: id.toString(),
    cid: cid?.toString() ?? null,
    removed: cid === null,
    message,
    prev: prev?.toString() ?? null,
  }
}
