import { positionals } from '../options.ts'
import { networkWords } from '../terminal/words.ts'
import type { Verb } from '../verb.ts'

export const verb: Verb = {
  usage: 'id',
  summary: 'show your publisher key, for others to trust or alias',
  options: {},
  async run({ args, out, session }) {
    positionals(verb, args, [])
    const identity = await (await session()).id()
    out.result(identity, () => identity.publisher)
    if (identity.network !== undefined) out.note(`network: ${networkWords(identity.network)}`)
  },
}
