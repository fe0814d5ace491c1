import { expect, test } from 'vitest'
import { findCgroups, type CgroupFiles } from '../../../src/host/launch/cgroup.ts'

const OWN = '/sys/fs/cgroup/user.slice/hither.service/peer'
const SERVICE = '/sys/fs/cgroup/user.slice/hither.service'

/** Control groups as a kernel would show them, with what was written and made. */
function groups(more: Record<string, string | undefined> = {}): CgroupFiles & { files: Map<string, string> } {
  const all = {
    '/proc/self/mounts': 'proc /proc proc rw 0 0\ncgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n',
    '/proc/self/cgroup': '0::/user.slice/hither.service/peer\n',
    '/sys/fs/cgroup/cgroup.controllers': 'cpu memory pids\n',
    [`${SERVICE}/cgroup.procs`]: '',
    [`${SERVICE}/cgroup.subtree_control`]: 'memory pids\n',
    [`${OWN}/cgroup.procs`]: '1\n',
    [`${OWN}/cgroup.subtree_control`]: '\n',
    ...more,
  }
  const files = new Map(
    Object.entries(all).flatMap(([path, text]) => (text === undefined ? [] : [[path, text] as const])),
  )
  return {
    files,
    read(path) {
      const text = files.get(path)
      if (text === undefined) throw new Error(`ENOENT: ${path}`)
      return text
    },
    write(path, text) {
      if (path === `${OWN}/cgroup.subtree_control`) throw new Error('EBUSY')
      if (text === '666') throw new Error('ESRCH')
      files.set(path, text)
    },
    mkdir: (path) => void files.set(path, 'group'),
    rmdir: (path) => void files.delete(path),
    isWritable: (path) => files.has(path),
  }
}

test('a group that is held when its process is gone is removed with a later one', () => {
  const on = groups()
  const held = new Set<string>()
  const rmdir = (path: string): void => {
    if (held.has(path)) throw new Error('EBUSY')
    on.rmdir(path)
  }
  const confined = findCgroups({ ...on, rmdir }, 77)
  const group = `${SERVICE}/hither-77-1`
  const remove = confined.confine(5, { memoryMb: 512, threads: 52 })
  held.add(group)
  expect(remove).toThrow('EBUSY')
  confined.confine(6, { memoryMb: 512, threads: 52 })
  expect(on.files.has(group)).toBe(true)
  held.clear()
  confined.confine(7, { memoryMb: 512, threads: 52 })
  expect(on.files.has(group)).toBe(false)
  // Whoever tries it yet finds nothing to do.
  expect(remove).not.toThrow()
})

test('each process gets a group beside our own, which goes with it', () => {
  const on = groups()
  const confined = findCgroups(on, 77)
  const remove = confined.confine(5, { memoryMb: 512, threads: 52 })
  const group = `${SERVICE}/hither-77-1`
  expect(on.files.get(group)).toBe('group')
  expect(on.files.get(`${group}/memory.max`)).toBe(String(512 * 1024 * 1024))
  expect(on.files.get(`${group}/pids.max`)).toBe('52')
  expect(on.files.get(`${group}/cgroup.procs`)).toBe('5')
  remove()
  expect(on.files.has(group)).toBe(false)
})

test('controllers that are not handed on yet are asked for', () => {
  const on = groups({ [`${SERVICE}/cgroup.subtree_control`]: 'memory\n' })
  findCgroups(on, 77)
  expect(on.files.get(`${SERVICE}/cgroup.subtree_control`)).toBe('+pids')
})

test('a group that cannot be filled is removed again', () => {
  const on = groups()
  expect(() => findCgroups(on, 77).confine(666, { memoryMb: 512, threads: 52 })).toThrow('ESRCH')
  expect(on.files.has(`${SERVICE}/hither-77-1`)).toBe(false)
})

test.each([
  [
    'there are none of version 2',
    { '/proc/self/mounts': 'proc /proc proc rw 0 0\n' },
    'no control groups of version 2',
  ],
  ['the controllers are on version 1', { '/sys/fs/cgroup/cgroup.controllers': 'hugetlb\n' }, 'memory and pids'],
  ['none is ours to write', { [`${SERVICE}/cgroup.procs`]: undefined }, 'no control group is ours'],
])('says so where %s', (_, more, words) => {
  expect(() => findCgroups(groups(more), 77)).toThrow(words)
})
