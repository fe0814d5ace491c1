import type { LogEntry, LoggedRecord, NameLog } from '@hither/peer'
import { integer, JOINING, positionals } from '../options.ts'
import { doubts } from '../terminal/name-words.ts'
import { clean } from '../terminal/output.ts'
import { ago, shortKey, table, time } from '../terminal/words.ts'
import type { Verb } from '../verb.ts'

export const verb: Verb = {
  usage: 'log NAME',
  summary: 'show the history of a name, newest first',
  options: {
    limit: { type: 'string', short: 'n', value: 'COUNT', help: 'how many records; 50 by default' },
    ...JOINING,
  },
  async run({ args, options, out, signal, session }) {
    const [name] = positionals(verb, args, ['NAME'])
    const limit = integer(options, 'limit', 1, 1000)
    const log = await (await session()).log({ name, ...(limit !== undefined && { limit }) }, { signal })
    for (const doubt of doubts(log.record)) out.note(doubt)
    out.result(log, () => words(log))
  },
}

function words({ name, alias, own, record, entries, whole, more, forks }: NameLog): string {
  const [publisher = '', label = ''] = name.split('/')
  return [
    `${own ? label : `${alias ?? shortKey(publisher)}/${label}`}, confirmed ${ago(record.confirmedAgoMs)}`,
    '',
    table(['NO', 'SIGNED (UTC)', 'CID', 'MESSAGE'], [...entries.flatMap(rows), ...(more ? [['…']] : [])]),
    '',
    whole ? 'the chain is whole' : 'the chain is not whole',
    ...forks.map((fork) => `forked: record ${fork.sequence} was signed twice, the other one ${other(fork)}`),
  ].join('\n')
}

/** A record, and below it what is wrong with what it follows. */
function rows(entry: LogEntry): string[][] {
  const row = [String(entry.sequence), time(entry.time), entry.cid ?? 'removed', clean(entry.message)]
  const gap = entry.prev === null ? '' : GAPS[entry.follows]
  return gap === '' ? [row] : [row, ['', '', `${gap}: ${entry.prev}`]]
}

const GAPS: Record<LogEntry['follows'], string> = {
  previous: '',
  nothing: '',
  missing: '(what it replaced is not here)',
  branch: '(it replaced a record that is not in this line)',
}

function other({ time: signed, cid, id }: LoggedRecord): string {
  return `on ${time(signed)} for ${cid ?? 'no function'} (record CID ${id})`
}
