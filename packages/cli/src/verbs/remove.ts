import type { Removed } from '@hither/peer'
import { JOINING, positionals, text } from '../options.ts'
import { progressWords } from '../terminal/publish-words.ts'
import { count } from '../terminal/words.ts'
import type { Verb } from '../verb.ts'

export const verb: Verb = {
  usage: 'remove NAME',
  summary: 'remove a name of yours, so that nobody runs it any more',
  options: {
    message: { type: 'string', short: 'm', value: 'TEXT', help: 'why, for the name’s history' },
    ...JOINING,
  },
  async run({ args, options, out, signal, session }) {
    const [name] = positionals(verb, args, ['NAME'])
    const message = text(options, 'message')
    const api = await session()
    const done = await api.remove(
      { name, ...(message !== undefined && { message }) },
      { signal, onProgress: (event) => out.note(progressWords(event)) },
    )
    out.result(done, () => words(name, done))
  },
}

function words(typed: string, { name, sequence, moved, toldTo }: Removed): string {
  const known =
    toldTo.length === 0
      ? 'no other peer knows of it yet: remove it again when one is online'
      : `known to ${count(toldTo.length, 'other peer')}`
  return [
    `${name} ${moved ? `is removed: record ${sequence}` : `was removed before: record ${sequence}`}; ${known}`,
    `fn rollback ${typed}   brings it back`,
  ].join('\n')
}
