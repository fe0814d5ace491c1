import type { Layer } from '@hither/core'
import { STRANGERS_DATA_MB } from '../limits.ts'
import { isAtFloor, lineOf, NODE_FLOOR } from './floor.ts'
import { threadsOf, type Machine } from './machine.ts'
import { isTethered } from './recipe.ts'
import type { Survey } from './survey.ts'

/** A survey in words: what each layer keeps from functions, or why it does not, and what to do about it. */
export function layersOf(machine: Machine, found: Survey): Layer[] {
  const { wall } = found.recipe
  const bubblewrap = wall?.by === 'bubblewrap'
  return [
    {
      name: 'bubblewrap',
      works: bubblewrap,
      why: bubblewrap ? 'they see no file but their own code, and change none' : whyNot(machine, found, 'bubblewrap'),
    },
    {
      name: 'namespaces',
      works: wall !== undefined,
      why:
        wall === undefined
          ? whyNot(machine, found, 'namespaces')
          : `they have no network, and no way to see or signal other processes${bubblewrap ? '' : ', nor files but their own code'}`,
    },
    seccomp(machine, found),
    { name: 'landlock', works: false, why: 'nothing that can be relied on sets it up; the other layers do without it' },
    rlimits(machine, found),
    {
      name: 'cgroup',
      works: found.cgroups !== undefined,
      why:
        found.cgroups === undefined
          ? (found.noCgroups ?? onlyLinux(machine))
          : `memory and threads of each process are bounded`,
    },
    permissions(machine),
    interpreter(machine),
  ]
}

function rlimits(machine: Machine, { recipe }: Survey): Layer {
  const { wall, prlimit } = recipe
  const works = prlimit !== undefined
  const why = works
    ? `no core dumps, no files written${wall === undefined ? '' : `, ${threadsOf(machine)} threads`}, and for strangers ${STRANGERS_DATA_MB} MB of memory`
    : missing(machine, 'prlimit', 'util-linux')
  // Said here, beside the other bounds of what they take.
  return { name: 'rlimits', works, why: isTethered(recipe) ? why : `${why}; ${UNHELD}` }
}

/** Of processes that are not tethered: see `suspend` of a sandbox process. */
const UNHELD =
  'none is stopped that takes more than the cores lent: if hither died meanwhile, it would stand still for ever'

function seccomp(machine: Machine, { recipe, failures }: Survey): Layer {
  const works = recipe.wall?.by === 'bubblewrap' && recipe.wall.filter !== undefined
  const failure = failures.find(({ recipe: { wall } }) => wall?.by === 'bubblewrap' && wall.filter !== undefined)
  const why = (): string => {
    if (machine.platform !== 'linux') return onlyLinux(machine)
    if (recipe.wall?.by !== 'bubblewrap') return 'it takes bubblewrap to load the filter'
    return failure === undefined
      ? `no filter is made for this processor (${machine.arch})`
      : `the filter cannot be loaded: ${failure.why}`
  }
  return {
    name: 'seccomp',
    works,
    why: works
      ? 'the kernel refuses them all but the system calls that JavaScript takes: no sockets, no programs'
      : why(),
  }
}

/** The first line of Node.js whose permission model knows of the network. */
const NETWORK_IS_DENIED_FROM = 25

function permissions({ nodeVersion }: Machine): Layer {
  const denied = lineOf(nodeVersion) < NETWORK_IS_DENIED_FROM ? 'files' : 'files, the network'
  return { name: 'permissions', works: true, why: `Node.js itself denies them ${denied}, processes and the inspector` }
}

function interpreter({ nodeVersion }: Machine): Layer {
  const works = isAtFloor(nodeVersion)
  return {
    name: 'interpreter',
    works,
    why: works
      ? 'what strangers write is interpreted, out of reach of flaws in V8’s compilers'
      : `flaws in the V8 of Node.js ${nodeVersion} are known to everyone: update to ${NODE_FLOOR} or later`,
  }
}

function whyNot(machine: Machine, { failures }: Survey, by: 'bubblewrap' | 'namespaces'): string {
  if (machine.platform !== 'linux') return onlyLinux(machine)
  const failure = failures.find(({ recipe }) => recipe.wall?.by === by)
  if (failure !== undefined) return `${failure.why}${hint(failure.why)}`
  return by === 'bubblewrap' ? missing(machine, 'bubblewrap', 'bubblewrap') : missing(machine, 'unshare', 'util-linux')
}

/** What usually is in the way, where the kernel says no more than that it does not want to. */
function hint(why: string): string {
  if (!/permi|denied|uid.?map|no space/i.test(why)) return ''
  return (
    ': this system forbids namespaces to users (sysctl kernel.apparmor_restrict_unprivileged_userns=0,' +
    ' kernel.unprivileged_userns_clone=1 or user.max_user_namespaces allow them; a container needs its own runtime’s leave)'
  )
}

const INSTALLERS = {
  'apt-get': 'apt install',
  dnf: 'dnf install',
  pacman: 'pacman -S',
  zypper: 'zypper install',
  apk: 'apk add',
}

function missing(machine: Machine, what: string, from: string): string {
  if (machine.platform !== 'linux') return onlyLinux(machine)
  const installer = Object.entries(INSTALLERS).find(([tool]) => machine.find(tool) !== undefined)?.[1]
  return `${what} is not installed: ${installer === undefined ? `install the package ${from}` : `${installer} ${from}`}`
}

function onlyLinux({ platform }: Machine): string {
  return `it is Linux's, and this is ${{ darwin: 'macOS', win32: 'Windows' }[platform as string] ?? platform}`
}
