import { HitherError } from '@hither/core'
import { positionals } from '../options.ts'
import { table } from '../terminal/words.ts'
import type { Verb } from '../verb.ts'

export const verb: Verb = {
  usage: 'alias add NAME KEY | list | remove NAME',
  summary: 'call other publishers by names of your own',
  options: {},
  async run({ args: [action = 'list', ...args], out, session }) {
    const api = await session()
    if (action === 'add') {
      const [name, key] = positionals(verb, args, ['NAME', 'KEY'])
      await api.aliasAdd({ name, key })
      out.result({ name, key }, () => `${name} is ${key}: call its functions as ${name}/FUNCTION`)
    } else if (action === 'remove') {
      const [name] = positionals(verb, args, ['NAME'])
      await api.aliasRemove({ name })
      out.result({ removed: name }, () => `${name} is forgotten`)
    } else if (action === 'list') {
      const aliases = await api.aliases()
      out.result(aliases, () => table(['NAME', 'KEY'], Object.entries(aliases)))
    } else {
      throw new HitherError('usage', `fn alias has no "${action}"`, { fix: `fn ${verb.usage}` })
    }
  },
}
