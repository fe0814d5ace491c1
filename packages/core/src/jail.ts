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
