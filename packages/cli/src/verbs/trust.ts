import { HitherError } from '@hither/core'
import { positionals } from '../options.ts'
import type { Verb } from '../verb.ts'

export const verb: Verb = {
  usage: 'trust add KEY | list | remove KEY',
  summary: 'choose whose functions this machine runs and stores',
  options: {},
  async run({ args: [action = 'list', ...args], out, session }) {
    const api = await session()
    if (action === 'add') {
      const [key] = positionals(verb, args, ['KEY'])
      const { publisher } = await api.trustAdd({ publisher: key })
      out.result({ trusted: publisher }, () => `this machine now runs functions of ${publisher}`)
    } else if (action === 'remove') {
      const [key] = positionals(verb, args, ['KEY'])
      const { publisher } = await api.trustRemove({ publisher: key })
      out.result({ removed: publisher }, () => `this machine no longer runs functions of ${publisher}`)
    } else if (action === 'list') {
      const trusted = await api.trusted()
      out.result(trusted, () => listed(trusted))
    } else {
      throw new HitherError('usage', `fn trust has no "${action}"`, { fix: `fn ${verb.usage}` })
    }
  },
}

function listed({ anyone, publishers }: { anyone: boolean; publishers: string[] }): string {
  if (anyone) return 'anyone: started with --anyone'
  return publishers.length === 0 ? 'nobody but yourself' : publishers.join('\n')
}
