import { keyOfPeer, parsePublisher, Shape } from '@hither/core'
import type { Parts } from './parts.ts'
import { readCallCaps, readRunCaps } from './rules/file.ts'
import { ANYONE, isAbout, isNetwork, type Rule, type Who } from './rules/rules.ts'
import { filled } from './rules/verdict.ts'
import type { ListedRule, TrustApi } from './trust-api.ts'

/** The owner's rules, as they are asked for and changed by others than files. */
export function trust({ admission, aliases }: Pick<Parts, 'admission' | 'aliases'>): TrustApi {
  const whoIs = (text: string): Who =>
    text === ANYONE || isNetwork(text) || keyOfPeer(text) !== undefined ? text : parsePublisher(text, aliases.byName)
  const listed = <Caps extends object>(
    may: 'run' | 'call',
    rules: ReadonlyMap<Who, Rule<Caps>>,
    fill: (who: Who, caps: Caps) => Caps,
  ): ListedRule[] =>
    [...rules].map(([who, rule]) => {
      const alias = [...aliases.byName].find(([, key]) => key === who)?.[0]
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
