import type { Verb } from '../verb.ts'

export const verb: Verb = {
  usage: 'id',
  summary: 'show your publisher key, for others to trust or alias',
  options: {},
  async run({ out, session }) {
    const { publisher, peer } = await (await session()).id()
    out.result({ publisher, peer }, () => publisher)
  },
}
