import type { Tier } from '@hither/core'
import type { Timers } from '../timers.ts'
import type { Cgroups } from './cgroup.ts'
import type { Machine } from './machine.ts'
import { commandOf, type Recipe, type Wall } from './recipe.ts'
import { seccompFilter } from './seccomp/filter.ts'
import { tetherTrial } from './tether.ts'
import { trial, type Outcome } from './trial.ts'

/** What a jail can be built of here, by trying. */
export interface Survey {
  recipe: Recipe
  /** By what stands around the processes, whatever Node is like. */
  tier: Tier
  /** Why what would have been better did not come to be, the best first. */
  failures: Failure[]
  cgroups?: Cgroups
  /** Why there are none. */
  noCgroups?: string
}

interface Failure {
  recipe: Recipe
  why: string
}

/** Tries the hardest jail first, then weaker ones; the first that holds is taken. The plainest always does. */
export async function survey(machine: Machine, timers: Timers): Promise<Survey> {
  const failures: Failure[] = []
  const groups = findCgroups(machine)
  const tether = await findTether(machine)
  for (const recipe of recipes(machine, tether)) {
    const outcome = await trial(commandOf(recipe, 'trusted', { program: 'sight' }), { spawn: machine.spawn, timers })
    const why = 'why' in outcome ? outcome.why : leak(recipe, outcome)
    if (why === undefined) return { recipe, tier: tierOf(recipe), failures, ...groups }
    failures.push({ recipe, why })
  }
  return { recipe: plain(machine), tier: 'process', failures, ...groups }
}

/** With no layer but those of Node. */
export function plain(machine: Machine): Recipe {
  return { code: machine.code() }
}

/** The hardest first. */
function recipes(machine: Machine, tether: string | undefined): Recipe[] {
  if (machine.platform !== 'linux') return []
  const code = machine.code()
  const prlimit = machine.find('prlimit')
  const setpriv = machine.isRoot ? machine.find('setpriv') : undefined
  const base: Recipe = { code, ...(prlimit !== undefined && { prlimit }), ...(tether !== undefined && { tether }) }
  const bases: Recipe[] = setpriv === undefined ? [base] : [{ ...base, setpriv }, base]
  return [...walls(machine).flatMap((wall) => bases.map((one) => ({ ...one, wall }))), ...bases]
}

async function findTether(machine: Machine): Promise<string | undefined> {
  const setpriv = machine.platform === 'linux' ? machine.find('setpriv') : undefined
  if (setpriv === undefined) return undefined
  const [file, ...args] = tetherTrial(setpriv)
  return machine.run(file, args).then(
    () => setpriv,
    () => undefined,
  )
}

function walls(machine: Machine): Wall[] {
  const found: Wall[] = []
  const bwrap = machine.find('bwrap')
  const filter = seccompFilter(machine.arch)
  if (bwrap !== undefined && filter !== undefined) found.push({ by: 'bubblewrap', bwrap, filter })
  if (bwrap !== undefined) found.push({ by: 'bubblewrap', bwrap })
  const [unshare, mount, mkdir, sh] = ['unshare', 'mount', 'mkdir', 'sh'].map((tool) => machine.find(tool))
  if (unshare !== undefined && mount !== undefined && mkdir !== undefined && sh !== undefined) {
    found.push({ by: 'namespaces', unshare, mount, mkdir, sh })
  }
  return found
}

/** What can be seen that should not be. */
function leak({ wall }: Recipe, { sight, outerPid }: Exclude<Outcome, { why: string }>): string | undefined {
  if (wall === undefined) return undefined
  if (sight.files) return 'files of this machine can still be seen'
  if (sight.pid === outerPid) return 'processes of this machine can still be seen'
  if (wall.by === 'bubblewrap' && wall.filter !== undefined) {
    return sight.interfaces === 'refused' ? undefined : 'sockets can still be made'
  }
  return sight.interfaces === 0 || sight.interfaces === 'refused' ? undefined : 'the network can still be reached'
}

function tierOf({ wall }: Recipe): Tier {
  if (wall === undefined) return 'process'
  return wall.by === 'bubblewrap' && wall.filter !== undefined ? 'filtered' : 'namespaces'
}

function findCgroups(machine: Machine): Pick<Survey, 'cgroups' | 'noCgroups'> {
  if (machine.platform !== 'linux') return {}
  try {
    return { cgroups: machine.cgroups() }
  } catch (error) {
    return { noCgroups: error instanceof Error ? error.message : String(error) }
  }
}
