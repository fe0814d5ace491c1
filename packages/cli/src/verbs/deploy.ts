import { resolve } from 'node:path'
import { HitherError } from '@hither/core'
import type { Deployed } from '@hither/peer'
import { JOINING, text } from '../options.ts'
import { heldWords, progressWords } from '../terminal/publish-words.ts'
import { bytes, ms } from '../terminal/words.ts'
import type { Verb } from '../verb.ts'

export const verb: Verb = {
  usage: 'deploy [ENTRY] [--name NAME]',
  summary: 'build a handler, name it, and give it to other peers',
  options: {
    name: {
      type: 'string',
      short: 'n',
      value: 'NAME',
      help: 'its name; by default from its configuration, file or folder',
    },
    message: { type: 'string', short: 'm', value: 'TEXT', help: 'what changed, for the name’s history' },
    ...JOINING,
  },
  async run({ args, options, out, signal, session }) {
    if (args.length > 1) throw new HitherError('usage', 'one handler at a time', { fix: `fn ${verb.usage}` })
    const api = await session({ bundler: true })
    const name = text(options, 'name')
    const message = text(options, 'message')
    const deployed = await api.deploy(
      {
        entry: resolve(args[0] ?? '.'),
        ...(name !== undefined && { name }),
        ...(message !== undefined && { message }),
      },
      { signal, onProgress: (event) => out.note(progressWords(event)) },
    )
    for (const warning of deployed.warnings) out.note(warning)
    out.result(deployed, () => words(deployed))
  },
}

function words({ name, cid, sequence, moved, bundleBytes, keptBy, ms: took }: Deployed): string {
  const held = heldWords(keptBy, 'deploy again when a runner that trusts your key is online')
  return [
    name,
    `  cid   ${cid}`,
    `  size  ${bytes(bundleBytes)}`,
    `  time  ${ms(took)}`,
    `  ${moved ? `record ${sequence}` : `unchanged: record ${sequence} points there already`}; ${held}`,
  ].join('\n')
}
