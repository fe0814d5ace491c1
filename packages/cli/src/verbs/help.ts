import { HitherError } from '@hither/core'
import { loadVerb } from '../command.ts'
import { helpOf, overview } from '../help.ts'
import type { Verb } from '../verb.ts'

export const verb: Verb = {
  usage: 'help [VERB]',
  summary: 'list all commands, or tell more of one',
  options: {},
  async run({ args, out }) {
    if (args.length > 1) throw new HitherError('usage', 'one command at a time', { fix: `fn ${verb.usage}` })
    const words = args[0] === undefined ? await overview() : helpOf(await loadVerb(args[0]))
    out.result({ help: words }, () => words)
  },
}
