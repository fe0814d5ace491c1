import { positionals } from '../options.ts'
import { clean } from '../terminal/output.ts'
import { shortKey, table } from '../terminal/words.ts'
import type { Verb } from '../verb.ts'

export const verb: Verb = {
  usage: 'list',
  summary: 'show the functions known here, yours and others’',
  options: {},
  async run({ args, out, session }) {
    positionals(verb, args, [])
    const names = await (await session()).list()
    out.result(names, () => {
      if (names.length === 0) return 'no functions yet: deploy one with fn deploy ENTRY'
      const rows = names.map(({ own, alias, publisher, name, sequence, cid, time, message }) => [
        own ? name : `${alias ?? shortKey(publisher)}/${name}`,
        String(sequence),
        new Date(time).toISOString().slice(0, 16).replace('T', ' '),
        cid ?? 'removed',
        clean(message),
      ])
      return table(['NAME', 'NO', 'SIGNED (UTC)', 'CID', 'MESSAGE'], rows)
    })
  },
}
