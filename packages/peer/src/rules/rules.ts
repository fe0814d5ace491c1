import { isPublisherId, keyOfPeer, type Profile } from '@hither/core'

/** What the code of a publisher may have of this machine, beyond the usual. What is absent has no bound of its own. */
export interface RunCaps {
  /** Calls at once, those that wait included. */
  calls?: number
  /** Of all its functions together. */
  memoryMb?: number
  /** Calls at once that burn processor time. */
  cores?: number
  /** Functions that are warm at once, and names that are stored. */
  functions?: number
  /** Against other publishers who want something at the same time. */
  weight?: number
  /** How hard the jail is. */
  profile?: Profile
}

/** What a caller may have. */
export interface CallCaps {
  /** Calls at once, of whosever functions. */
  calls?: number
}

export type Rule<Caps> = Caps | 'deny'

/** Whom a rule is about: a publisher's key or a peer's id, everybody in a closed network, or anyone. */
export type Who = string

/** All that an owner said of others. The most particular rule holds alone: a key's or id's, else the network's, else anyone's. */
export interface Rules {
  /** Whose code runs here. Where there is no rule, nobody's but the owner's own. */
  run: ReadonlyMap<Who, Rule<RunCaps>>
  /** Who may call. Where there is no rule, everybody. */
  call: ReadonlyMap<Who, Rule<CallCaps>>
}

export const NO_RULES: Rules = { run: new Map(), call: new Map() }

/** Whoever reaches this peer and is not named. */
export const ANYONE = 'anyone'

/** A closed network: what its people call it, and what it is known by. */
export interface NamedNetwork {
  /** Chosen by whoever invites: strangers may call theirs the same. */
  label: string
  /** Follows from its key. */
  tag: string
}

const BY_TAG = /^network:[a-z2-7]{16}$/
const BY_LABEL = /^network:[a-z0-9-]{1,63}$/

/** The members of a closed network, while this peer is in it. */
export function membersOf(tag: string): Who {
  return `network:${tag}`
}

export function isNetwork(who: Who): boolean {
  return BY_TAG.test(who)
}

/** As people say it, and as rules were kept once. What looks like a tag is one: a label must not pass for it. */
export function isNetworkByLabel(who: string): boolean {
  return BY_LABEL.test(who) && !isNetwork(who)
}

/** Whom a network's label stands for in this network; undefined where that is called something else. */
export function membersByLabel(who: string, network: NamedNetwork | undefined): Who | undefined {
  return network !== undefined && who === membersOf(network.label) ? membersOf(network.tag) : undefined
}

/** The rule that holds for somebody, and whom it names; `network` is the tag of the one that this peer is in; undefined where there is none. */
export function ruleFor<Caps>(
  rules: ReadonlyMap<Who, Rule<Caps>>,
  who: Who | undefined,
  network: string | undefined,
): { by: Who; rule: Rule<Caps> } | undefined {
  for (const by of [who, network === undefined ? undefined : membersOf(network), ANYONE]) {
    const rule = by === undefined ? undefined : rules.get(by)
    if (by !== undefined && rule !== undefined) return { by, rule }
  }
  return undefined
}

/** Can a rule of `run` be about this? Of `call` it is about peers instead. */
export function isAbout(kind: keyof Rules, who: Who): boolean {
  if (who === ANYONE || isNetwork(who)) return true
  return kind === 'run' ? isPublisherId(who) : keyOfPeer(who) !== undefined
}
