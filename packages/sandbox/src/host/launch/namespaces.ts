import { posix } from 'node:path'
import type { Bind } from './command.ts'

export interface NamespacesInit {
  unshare: string
  mount: string
  mkdir: string
  sh: string
  binds: readonly Bind[]
}

const NOBODY = '65534'

/** A folder that is there on every Linux, and that holds nothing of what is bound. */
const ROOT = '/sys'

/** Enough for the empty files and folders on which things are mounted. */
const ROOT_SIZE = '256k'

/**
 * The same with util-linux alone. A shell mounts the files, and stays as the first process of the namespaces. Node starts in a
 * further user namespace, as nobody and in a root of its own: so it loses every right over the mounts, and the kernel gives no
 * new ones to a process that lives in such a root.
 */
export function namespaces({ unshare, mount, mkdir, sh, binds }: NamespacesInit): string[] {
  const steps = [
    'set -e',
    words(mount, '-t', 'tmpfs', '-o', `size=${ROOT_SIZE},mode=0755,nosuid,nodev`, 'jail', ROOT),
    words(mkdir, '-p', ...new Set(binds.map(({ to }) => `${ROOT}${posix.dirname(to)}`))),
    ...binds.flatMap(({ from, to }) => [
      `: > ${quoted(`${ROOT}${to}`)}`,
      words(mount, '-o', 'bind,ro,nosuid,nodev', from, `${ROOT}${to}`),
    ]),
    words(mount, '-o', 'remount,bind,ro,nosuid,nodev', ROOT),
    `${words(unshare, `--map-user=${NOBODY}`, `--map-group=${NOBODY}`, `--root=${ROOT}`, '--wd=/', '--')} "$@" || exit $?`,
  ]
  return [
    unshare,
    '--map-root-user',
    '--net',
    '--mount',
    '--pid',
    '--ipc',
    '--uts',
    '--cgroup',
    '--kill-child',
    '--fork',
    '--',
    sh,
    '-c',
    steps.join('\n'),
    'sh',
  ]
}

function words(...all: string[]): string {
  return all.map(quoted).join(' ')
}

/** For a shell: nothing in it means anything. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
