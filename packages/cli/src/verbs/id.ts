import { positionals } from '../options.ts'
import type { Verb } from '../verb.ts'

export const verb: Verb = {
  usage: 'id',
  summary: 'show your publisher key, for others to trust or alias',
  options: {},
  async run({ args, out, session }) {
    positionals(verb, args, [])
    const { publisher, peer } = await (await session()).id()
    out.result({ publisher, ...(peer !== undefined && { peer }) }, () => publisher)
  },
}
