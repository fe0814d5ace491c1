import { HitherError, Recent, type PeerId, type Profile, type PublisherId } from '@hither/core'
import type { Logger } from 'pino'
import { changeJson, readJson } from './home/json.ts'
import { VERDICTS_MAX } from './limits/serving.ts'
import { readRules, writeRules } from './rules/file.ts'
import { settleLabels } from './rules/labels.ts'
import {
  ANYONE,
  isAbout,
  isNetworkByLabel,
  type CallCaps,
  type NamedNetwork,
  type Rule,
  type Rules,
  type RunCaps,
  type Who,
} from './rules/rules.ts'
import { mayCall, mayRun, type CallVerdict, type RunVerdict, type Standing } from './rules/verdict.ts'

/** Whose code this machine runs and stores, and who may call: by its owner's rules as they are now. */
export interface Admission {
  /** True where code of publishers that are not named is admitted too, also code that nobody signs for. */
  readonly anyone: boolean
  /** All that hold now, those of the command line included. */
  rules(): Rules
  /** What the rules say of a publisher. Undefined stands for a function that no known publisher vouches for. */
  run(publisher: PublisherId | undefined): RunVerdict
  admits(publisher: PublisherId | undefined): boolean
  /** How hard the jail is in which their functions run. */
  profile(publisher: PublisherId | undefined): Profile
  call(peer: PeerId): CallVerdict
  /** Whether the owner let this very peer call, or trusts the publisher whose machine it is. */
  knows(peer: PeerId, publisher: PublisherId | undefined): boolean
  /** In place of what was said of the same before. Throws `usage` where such a rule cannot be about this. */
  set(kind: 'run', who: Who, rule: Rule<RunCaps>): Promise<void>
  set(kind: 'call', who: Who, rule: Rule<CallCaps>): Promise<void>
  /** Takes back all that was said of somebody. Throws `unknown-name` where nothing was. */
  remove(who: Who): Promise<void>
}

/** In place of a publisher where there is none. */
const NOBODY = Symbol('nobody')

export interface AdmissionInit {
  /** The file that keeps the rules. */
  path: string
  self: Standing['self']
  /** Trusted while this process runs, beside those in the file. */
  also: readonly PublisherId[]
  /** Whoever is not named, too. */
  anyone: boolean
  /** The closed network that this peer is in. */
  network?: NamedNetwork
  log: Logger
}

export async function loadAdmission({ path, self, also, anyone, network, log }: AdmissionInit): Promise<Admission> {
  let kept = await readKept(path, network, log)
  const given = new Set<Who>([...also, ...(anyone ? [ANYONE] : [])])
  let standing = stand()
  /** Asked several times for each call, and of few: what the rules say of a publisher and of a caller, until they change. */
  const verdicts = new Recent<PublisherId | typeof NOBODY, RunVerdict>(VERDICTS_MAX)
  const callVerdicts = new Recent<PeerId, CallVerdict>(VERDICTS_MAX)

  /** What the command line says is said last, but what it does not say (caps) is as it was kept. */
  function stand(): Standing {
    const run = new Map(kept.run)
    for (const who of given) if (!isCaps(run.get(who))) run.set(who, {})
    return { rules: { ...kept, run }, self, ...(network !== undefined && { network: network.tag }) }
  }

  /** From then on the command line says nothing of somebody about whom there is a later word. */
  function change(who: Who, make: (before: Rules) => Rules): Promise<void> {
    return changeJson(path, (before) => {
      const rules = make(readRules(path, before))
      const written = (): void => {
        kept = rules
        given.delete(who)
        standing = stand()
        verdicts.clear()
        callVerdicts.clear()
      }
      return { after: writeRules(rules), written }
    })
  }

  function verdictOf(publisher: PublisherId | undefined): RunVerdict {
    const who = publisher ?? NOBODY
    return verdicts.get(who) ?? verdicts.set(who, mayRun(standing, publisher))
  }

  const profileOf = (publisher: PublisherId | undefined): Profile => {
    const verdict = verdictOf(publisher)
    return verdict.admitted ? verdict.profile : 'strangers'
  }

  function callVerdictOf(peer: PeerId): CallVerdict {
    return callVerdicts.get(peer) ?? callVerdicts.set(peer, mayCall(standing, peer))
  }

  return {
    get anyone() {
      return verdictOf(undefined).admitted
    },
    rules: () => standing.rules,
    run: verdictOf,
    admits: (publisher) => verdictOf(publisher).admitted,
    profile: profileOf,
    call: callVerdictOf,
    knows(peer, publisher) {
      const { admitted, by } = callVerdictOf(peer)
      return (admitted && by === peer) || profileOf(publisher) === 'trusted'
    },
    async set(kind: keyof Rules, who: Who, rule: Rule<RunCaps>) {
      if (!isAbout(kind, who)) throw new HitherError('usage', `no rule can be about "${who}"`)
      await change(who, (before) => ({ ...before, [kind]: new Map([...before[kind], [who, rule]]) }))
    },
    async remove(who) {
      const { run, call } = standing.rules
      const was = run.has(who) || call.has(who)
      await change(who, (before) => ({ run: without(before.run, who), call: without(before.call, who) }))
      if (!was) throw new HitherError('unknown-name', `nothing was said of ${who}`)
    },
  }
}

/** Rules by a label are settled once, and for good: another network of that label may be joined later. */
async function readKept(path: string, network: NamedNetwork | undefined, log: Logger): Promise<Rules> {
  const read = readRules(path, await readJson(path))
  if (![...read.run.keys(), ...read.call.keys()].some(isNetworkByLabel)) return read
  return changeJson(path, (before) => {
    const { rules, settled, dropped } = settleLabels(readRules(path, before), network)
    const written = (): Rules => {
      for (const who of settled)
        log.warn({ was: who, tag: network?.tag }, 'a rule for a network is now for the one joined')
      for (const who of dropped) {
        log.warn(
          { was: who },
          'a rule for a network was dropped: this machine is not in it, and others may be called the same',
        )
      }
      return rules
    }
    return { after: writeRules(rules), written }
  })
}

function isCaps(rule: Rule<RunCaps> | undefined): boolean {
  return rule !== undefined && rule !== 'deny'
}

function without<Caps>(rules: ReadonlyMap<Who, Rule<Caps>>, who: Who): ReadonlyMap<Who, Rule<Caps>> {
  const others = new Map(rules)
  others.delete(who)
  return others
}
