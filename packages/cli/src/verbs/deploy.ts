import { resolve } from 'node:path'
import type { DeployProgress } from '@hither/core'
import { HitherError } from '@hither/core'
import type { Deployed } from '@hither/peer'
import { JOINING, text } from '../options.ts'
import { clean } from '../terminal/output.ts'
import { bytes, count, ms, shortPeer } from '../terminal/words.ts'
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
  const held =
    keptBy.length === 0
      ? 'no other peer holds it yet: deploy again when a runner that trusts your key is online'
      : `held by ${count(keptBy.length, 'other peer')}: ${keptBy.map(shortPeer).join(', ')}`
  return [
    name,
    `  cid   ${cid}`,
    `  size  ${bytes(bundleBytes)}`,
    `  time  ${ms(took)}`,
    `  ${moved ? `record ${sequence}` : `unchanged: record ${sequence} points there already`}; ${held}`,
  ].join('\n')
}

function progressWords(event: DeployProgress): string {
  switch (event.type) {
    case 'build:bundled':
      return `bundled ${bytes(event.bytes)} in ${ms(event.ms)}`
    case 'deploy:stored':
      return `stored ${count(event.blocks, 'block')}`
    case 'deploy:named':
      return `signed record ${event.sequence} of ${event.name}`
    case 'deploy:pushed':
      return `${shortPeer(event.peer)} ${event.kept ? 'holds the function' : 'knows the name'}`
    default:
      return `${shortPeer(event.peer)} did not take it: ${clean(event.message)} (${event.code})`
  }
}
