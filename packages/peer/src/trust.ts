import { HitherError, keyOfPeer, parsePublisher, Shape } from '@hither/core'
import type { Parts } from './parts.ts'
import { readCallCaps, readRunCaps } from './rules/file.ts'
import {
  ANYONE,
  isAbout,
  isNetwork,
  isNetworkByLabel,
  membersByLabel,
  membersOf,
  type Rule,
  type Who,
} from './rules/rules.ts'
import { filled } from './rules/verdict.ts'
import type { ListedRule, TrustApi } from './trust-api.ts'

/** The owner's rules, as they are asked for and changed by others than files. */
export function trust({ admission, aliases, network }: Pick<Parts, 'admission' | 'aliases' | 'network'>): TrustApi {
  const whoIs = (text: string): Who => {
    if (isNetworkByLabel(text)) return membersByLabel(text, network) ?? notIn(text)
    const said = text === ANYONE || isNetwork(text) || keyOfPeer(text) !== undefined
    return said ? text : parsePublisher(text, aliases.byName)
  }
  const aliasOf = (who: Who): string | undefined =>
    network !== undefined && who === membersOf(network.tag)
      ? network.label
      : [...aliases.byName].find(([, key]) => key === who)?.[0]
  const listed = <Caps extends object>(
    may: 'run' | 'call',
    rules: ReadonlyMap<Who, Rule<Caps>>,
    fill: (who: Who, caps: Caps) => Caps,
  ): ListedRule[] =>
    [...rules].map(([who, rule]) => {
      const alias = aliasOf(who)
      const named = { who, ...(alias !== undefined && { alias }) }
      return rule === 'deny' ? { ...named, may: `not ${may}` } : { ...named, may, ...fill(who, rule) }
    })
  return {
    async trusted() {
      const { run, call } = admission.rules()
      return { rules: [...listed('run', run, filled), ...listed('call', call, (_, caps) => caps)] }
    },
    async trustAdd({ who: text, caps = {} }) {
      const who = whoIs(text)
      await admission.set('run', who, readRunCaps(new Shape(caps, 'the caps', 'usage')))
      return { who }
    },
    async trustAllow({ who: text, caps = {} }) {
      const who = whoIs(text)
      await admission.set('call', who, readCallCaps(new Shape(caps, 'the caps', 'usage')))
      return { who }
    },
    async trustDeny({ who: text }) {
      const who = whoIs(text)
      if (isAbout('call', who)) await admission.set('call', who, 'deny')
      else await admission.set('run', who, 'deny')
      return { who }
    },
    async trustRemove({ who: text }) {
      const who = whoIs(text)
      await admission.remove(who)
      return { who }
    },
  }
}

function notIn(text: string): never {
  throw new HitherError('usage', `this machine is in no network that "${text}" could mean`, {
    why: 'a label is for whoever is in the network: others may call theirs the same',
    fix: 'join it first, or name it by what it is known by to others, as in network:TAG (fn network show)',
  })
}
