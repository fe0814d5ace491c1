import { HitherError } from './errors.ts'

/**
 * How much of a jail there is around functions, weakest first:
 * - `process`: processes of their own and the limits that their parent enforces; a flaw in V8 is a way out;
 * - `namespaces`: besides, no network, no files but its own code, and no other process in sight;
 * - `filtered`: besides, the kernel refuses every system call that running JavaScript does not take.
 */
export const TIERS = ['process', 'namespaces', 'filtered'] as const
export type Tier = (typeof TIERS)[number]

/**
 * How a function is run, by the trust its publisher has here. `trusted`: compiled to machine code, its memory watched by the parent.
 * `strangers`: interpreted, so that whole classes of flaws in V8 are out of reach, and its memory bounded by the kernel.
 */
export const PROFILES = ['trusted', 'strangers'] as const
export type Profile = (typeof PROFILES)[number]

export function isTierAtLeast(tier: Tier, least: Tier): boolean {
  return TIERS.indexOf(tier) >= TIERS.indexOf(least)
}

/** One protection of the operating system or of Node, as it was found at the start. */
export interface Layer {
  name: 'bubblewrap' | 'namespaces' | 'seccomp' | 'landlock' | 'rlimits' | 'cgroup' | 'permissions' | 'interpreter'
  works: boolean
  /** What it keeps from functions; or why it does not work here, and what to do about it. */
  why: string
}

/** What keeps functions in on this machine. */
export interface Jail {
  tier: Tier
  layers: Layer[]
  /** What each profile grants of a manifest's `needs`. A profile that is missing runs nothing here. */
  grants: Partial<Record<Profile, readonly string[]>>
}

/** Why a function of this profile, with these needs, cannot run in a jail; undefined where it can. */
export function ungranted(jail: Jail, profile: Profile, needs: readonly string[]): HitherError | undefined {
  const grants = jail.grants[profile]
  if (grants === undefined) {
    return new HitherError('unsupported', 'this runner does not run the code of strangers', {
      why: `nothing but a process of its own would stand around it. ${weaknesses(jail)}`,
      fix: 'call another runner; or its owner can mend that, trust the publisher, or lend it all the same with --weak-jail',
    })
  }
  const missing = needs.find((need) => !grants.includes(need))
  if (missing === undefined) return undefined
  return new HitherError('unsupported', `the function needs "${missing}", which this runner does not grant`, {
    why:
      profile === 'strangers'
        ? 'its jail grants less to strangers than to publishers whom its owner trusts'
        : 'its jail has no such thing',
    fix: 'call a runner that does; or its owner can trust the publisher',
    data: { missing },
  })
}

/** Layers without which a jail is of the lowest tier. */
const BEARING: readonly Layer['name'][] = ['bubblewrap', 'namespaces', 'interpreter']

/** What is in the way of a better jail, in words for its owner. */
export function weaknesses({ layers }: Jail): string {
  return layers
    .filter(({ name, works }) => !works && BEARING.includes(name))
    .map(({ name, why }) => `${name}: ${why}`)
    .join('; ')
}
