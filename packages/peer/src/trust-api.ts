import type { Profile } from '@hither/core'
import type { CallCaps, RunCaps } from './rules/rules.ts'

/** What can be asked and said of whom this machine trusts. Each change is in force at once, also for calls that wait. */
export interface TrustApi {
  trusted(): Promise<{ rules: ListedRule[] }>
  /** Has code run here. Of a publisher, by key or petname; `network:NAME` for the closed network's that this machine is in, `network:TAG` for any; `anyone`. Throws `usage`. */
  trustAdd(params: { who: string; caps?: RunCaps }): Promise<{ who: string }>
  /** Lets a peer call, by its id; or `network:NAME`, `anyone`. Throws `usage`. */
  trustAllow(params: { who: string; caps?: CallCaps }): Promise<{ who: string }>
  /** No code of this publisher runs here, or no call of this peer; with `network:NAME` or `anyone`, of no peer that has no rule of its own. */
  trustDeny(params: { who: string }): Promise<{ who: string }>
  /** Takes back what was said. Throws `unknown-name` where nothing was. */
  trustRemove(params: { who: string }): Promise<{ who: string }>
}

/** A rule, with what holds where its owner said nothing. */
export interface ListedRule {
  /** A key, a peer's id, `network:TAG` or `anyone`. */
  who: string
  /** A petname, or the label of the network that this machine is in. */
  alias?: string
  may: 'run' | 'call' | 'not run' | 'not call'
  calls?: number
  memoryMb?: number
  cores?: number
  functions?: number
  weight?: number
  profile?: Profile
}
