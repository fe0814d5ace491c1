import { HitherError } from '@hither/core'
import type { RolledBack } from '@hither/peer'
import { JOINING, text } from '../options.ts'
import { heldWords, progressWords } from '../terminal/publish-words.ts'
import { ms } from '../terminal/words.ts'
import type { Verb } from '../verb.ts'

export const verb: Verb = {
  usage: 'rollback NAME [NO|CID]',
  summary: 'point a name of yours at an earlier function again',
  options: {
    message: {
      type: 'string',
      short: 'm',
      value: 'TEXT',
      help: 'why, for the name’s history; by default where it goes',
    },
    ...JOINING,
  },
  async run({ args, options, out, signal, session }) {
    const [name, to, ...others] = args
    if (name === undefined || others.length > 0) {
      throw new HitherError('usage', name === undefined ? 'NAME is missing' : 'one name and one place at a time', {
        fix: `fn ${verb.usage}`,
      })
    }
    const message = text(options, 'message')
    const api = await session()
    const done = await api.rollback(
      { name, ...(to !== undefined && { to }), ...(message !== undefined && { message }) },
      { signal, onProgress: (event) => out.note(progressWords(event)) },
    )
    out.result(done, () => words(done))
  },
}

function words({ name, cid, sequence, backTo, keptBy, ms: took }: RolledBack): string {
  return [
    name,
    `  cid   ${cid}`,
    `  time  ${ms(took)}`,
    `  record ${sequence}: points where record ${backTo} did; ${heldWords(keptBy, 'a runner that trusts your key fetches it at the first call')}`,
  ].join('\n')
}
