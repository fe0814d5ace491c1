import { HitherError } from '@hither/core'
import type { VolunteerStatus } from '@hither/peer'
import { positionals } from '../options.ts'
import { table } from '../terminal/words.ts'
import type { Verb } from '../verb.ts'

export const verb: Verb = {
  usage: 'volunteer on | off | status | set KEY=VALUE…',
  summary: 'lend this machine to functions, or not, and say when',
  options: {},
  async run({ args: [action = 'status', ...args], out, session }) {
    const api = await session()
    const runs = (await api.status()).uptimeMs > 0
    if (action === 'set') {
      const status = await api.volunteer({ set: changesIn(args) })
      return out.result({ ...status, runs }, () => words(status, runs))
    }
    positionals(verb, args, [])
    if (action !== 'on' && action !== 'off' && action !== 'status') {
      throw new HitherError('usage', `fn volunteer has no "${action}"`, { fix: `fn ${verb.usage}` })
    }
    const status = action === 'status' ? await api.volunteering() : await api.volunteer({ on: action === 'on' })
    out.result({ ...status, runs }, () => words(status, runs))
  },
}

function changesIn(args: string[]): Record<string, string> {
  if (args.length === 0) throw new HitherError('usage', 'KEY=VALUE is missing', { fix: 'fn volunteer set load=25%' })
  return Object.fromEntries(
    args.map((arg) => {
      const at = arg.indexOf('=')
      if (at > 0) return [arg.slice(0, at), arg.slice(at + 1)]
      throw new HitherError('usage', `"${arg}" is no KEY=VALUE`, { fix: 'fn volunteer set battery=run load=25%' })
    }),
  )
}

function words({ on, taking, paused, running, settings, detectors }: VolunteerStatus, runs: boolean): string {
  const calls = running === 0 ? '' : `, ${running} running`
  return [
    `lends      ${on ? 'on' : 'off'}`,
    ...(runs
      ? [`work       ${taking ? `takes calls${calls}` : `takes none${calls}`}`]
      : ['work       none: no peer runs (fn up)']),
    ...paused.map((why) => `paused     ${why}`),
    'priority   the lowest, always; this machine is never kept from sleeping',
    '',
    table(
      ['setting', ''],
      Object.entries(settings).toSorted(([a], [b]) => a.localeCompare(b)),
    ),
    '',
    table(
      ['detector', 'used', ''],
      detectors.map(({ name, used, says, by, works }) => [name, used ? 'yes' : '', works ? `${says}, by ${by}` : says]),
    ),
  ].join('\n')
}
