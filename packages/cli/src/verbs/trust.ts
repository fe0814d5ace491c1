import { HitherError } from '@hither/core'
import type { ListedRule, PeerApi } from '@hither/peer'
import { integer, positionals, text } from '../options.ts'
import type { Output } from '../terminal/output.ts'
import { table } from '../terminal/words.ts'
import type { OptionValues, Verb } from '../verb.ts'

const MAX = 1_000_000

export const verb: Verb = {
  usage: 'trust add WHO [CAPS] | allow PEER | deny WHO | remove WHO | list',
  summary: 'choose whose functions this machine runs and stores, and who may call them',
  options: {
    calls: { type: 'string', value: 'N', help: 'add, allow: at most so many calls at once' },
    memory: { type: 'string', value: 'MB', help: 'add: so much memory for all functions of a publisher' },
    cores: { type: 'string', value: 'N', help: 'add: so many calls at once that burn processor time' },
    functions: { type: 'string', value: 'N', help: 'add: so many functions warm, and names stored' },
    weight: { type: 'string', value: 'N', help: 'add: so much against others when all want something; usually 1' },
    profile: { type: 'string', value: 'JAIL', help: 'add: trusted or strangers; whoever is not named is a stranger' },
  },
  async run({ args: [action = 'list', ...args], options, out, session }) {
    const act = ACTIONS[action]
    if (act === undefined) throw new HitherError('usage', `fn trust has no "${action}"`, { fix: `fn ${verb.usage}` })
    const stray = Object.keys(verb.options).find((name) => options[name] !== undefined && !act.takes.includes(name))
    if (stray !== undefined) throw new HitherError('usage', `fn trust ${action} takes no --${stray}`)
    await act.run({ args, options, out, api: await session() })
  },
}

interface Action {
  /** Options. */
  takes: string[]
  run(context: { args: string[]; options: OptionValues; out: Output; api: PeerApi }): Promise<void>
}

const ACTIONS: Record<string, Action | undefined> = {
  add: {
    takes: Object.keys(verb.options),
    async run({ args, options, out, api }) {
      const [name] = positionals(verb, args, ['WHO'])
      const { who } = await api.trustAdd({ who: name, caps: caps(options) })
      out.result({ trusted: who }, () => `this machine now runs functions of ${who}`)
    },
  },
  allow: {
    takes: ['calls'],
    async run({ args, options, out, api }) {
      const [name] = positionals(verb, args, ['PEER'])
      const { who } = await api.trustAllow({ who: name, caps: caps(options) })
      out.result({ allowed: who }, () => `${who} may call this machine`)
    },
  },
  deny: {
    takes: [],
    async run({ args, out, api }) {
      const [name] = positionals(verb, args, ['WHO'])
      const { who } = await api.trustDeny({ who: name })
      out.result({ denied: who }, () => `this machine does nothing for ${who} any more`)
    },
  },
  remove: {
    takes: [],
    async run({ args, out, api }) {
      const [name] = positionals(verb, args, ['WHO'])
      const { who } = await api.trustRemove({ who: name })
      out.result({ removed: who }, () => `this machine has no rule for ${who} any more`)
    },
  },
  list: {
    takes: [],
    async run({ args, out, api }) {
      positionals(verb, args, [])
      const trusted = await api.trusted()
      out.result(trusted, () => listed(trusted.rules))
    },
  },
}

/** What is not said is not there; the peer knows the bounds of each. */
function caps(options: OptionValues): object {
  const numbers = {
    calls: integer(options, 'calls', 1, MAX),
    memoryMb: integer(options, 'memory', 1, MAX),
    cores: integer(options, 'cores', 1, MAX),
    functions: integer(options, 'functions', 1, MAX),
    weight: integer(options, 'weight', 1, MAX),
    profile: text(options, 'profile'),
  }
  return Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined))
}

function listed(rules: ListedRule[]): string {
  if (rules.length === 0) return 'nobody’s functions but your own run here; whoever reaches this peer may call them'
  const cell = (value: number | string | undefined): string => String(value ?? '-')
  return table(
    ['WHO', 'MAY', 'CALLS', 'MEMORY', 'CORES', 'FUNCTIONS', 'WEIGHT', 'JAIL'],
    rules.map(({ who, alias, may, calls, memoryMb, cores, functions, weight, profile }) => [
      alias === undefined ? who : `${alias} (${who})`,
      may,
      ...[calls, memoryMb && `${memoryMb} MB`, cores, functions, weight, profile].map(cell),
    ]),
  )
}
