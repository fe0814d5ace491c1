import { positionals } from '../options.ts'
import { clean } from '../terminal/output.ts'
import { ago, shortKey, table, time } from '../terminal/words.ts'
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
      const rows = names.map((one) => [
        one.own ? one.name : `${one.alias ?? shortKey(one.publisher)}/${one.name}`,
        one.forked ? `${one.sequence}, forked` : String(one.sequence),
        time(one.time),
        ago(one.confirmedAgoMs),
        one.cid ?? 'removed',
        clean(one.message),
      ])
      return table(['NAME', 'NO', 'SIGNED (UTC)', 'CONFIRMED', 'CID', 'MESSAGE'], rows)
    })
  },
}
