import { FILTER_FD, type Bind } from './command.ts'

export interface BubblewrapInit {
  bwrap: string
  binds: readonly Bind[]
  /** A filter of system calls comes on `FILTER_FD`. */
  filtered: boolean
}

/** The user inside: nobody. */
const NOBODY = '65534'

/**
 * New namespaces of every kind, a root that holds nothing but these files, and no way up. Its own first process stays, and
 * reaps: else Node would be first, whom no signal of its own can end.
 */
export function bubblewrap({ bwrap, binds, filtered }: BubblewrapInit): string[] {
  const options = [
    ['--unshare-all'],
    ['--unshare-user', '--uid', NOBODY, '--gid', NOBODY],
    ['--hostname', 'jail'],
    ['--cap-drop', 'ALL'],
    ['--new-session'],
    ['--die-with-parent'],
    ...binds.map(({ from, to }) => ['--ro-bind', from, to]),
    ['--remount-ro', '/'],
    ['--chdir', '/'],
    filtered ? ['--seccomp', String(FILTER_FD)] : [],
  ]
  return [bwrap, ...options.flat(), '--']
}
