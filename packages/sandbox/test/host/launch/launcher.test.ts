import type { ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import type { Jail, Layer } from '@hither/core'
import { expect, test } from 'vitest'
import { Launcher } from '../../../src/host/launch/launcher.ts'
import type { Spawn } from '../../../src/host/launch/command.ts'
import type { Snapshot } from '../../../src/host/launch/snapshot.ts'
import { systemTimers } from '../../../src/host/timers.ts'
import { played, SEES, type Played, type PlayedInit } from './machine.ts'

const UTIL_LINUX = ['unshare', 'mount', 'mkdir', 'sh', 'prlimit', 'setpriv']
const ALL = ['bwrap', ...UTIL_LINUX]

interface Explored {
  jail: Jail
  machine: Played
  launcher: Launcher
  layer: (name: Layer['name']) => Layer | undefined
}

async function explored(init: PlayedInit, { weakJail = false } = {}): Promise<Explored> {
  const machine = played(init)
  const launcher = new Launcher({ machine, timers: systemTimers, memoryMb: () => 1024, weakJail })
  await launcher.explore()
  const jail = launcher.jail()
  return { jail, machine, launcher, layer: (name) => jail.layers.find((one) => one.name === name) }
}

test('before anything was tried, the tier is the lowest and strangers are refused', () => {
  const launcher = new Launcher({
    machine: played({ tools: ALL }),
    timers: systemTimers,
    memoryMb: () => 1024,
    weakJail: false,
  })
  expect(launcher.jail()).toEqual({ tier: 'process', layers: [], grants: { trusted: ['wasm'] } })
})

test.each([
  [
    'throws',
    'ENOMEM',
    () => {
      throw new Error('spawn ENOMEM')
    },
  ],
  [
    'has no pipes',
    'EMFILE',
    () => {
      const child = new EventEmitter()
      process.nextTick(() => child.emit('error', new Error('spawn EMFILE')))
      return child as ChildProcess
    },
  ],
] satisfies [string, string, Spawn][])(
  'a trial whose start %s says why it failed, and the plainest jail is left',
  async (_, why, spawn) => {
    const machine = { ...played({ tools: ALL }), spawn }
    const launcher = new Launcher({ machine, timers: systemTimers, memoryMb: () => 1024, weakJail: false })
    await launcher.explore()
    const { tier, layers } = launcher.jail()
    expect(tier).toBe('process')
    expect(layers.find(({ name }) => name === 'bubblewrap')?.why).toContain(why)
  },
)

test('where all is there, the first trial is of the hardest jail, and it is taken', async () => {
  const { jail, machine, layer, launcher } = await explored({ tools: ALL })
  expect(jail.tier).toBe('filtered')
  expect(jail.grants).toEqual({ trusted: ['wasm'], strangers: [] })
  expect(machine.trials).toHaveLength(1)
  for (const name of ['bubblewrap', 'namespaces', 'seccomp', 'rlimits', 'permissions', 'interpreter'] as const) {
    expect(layer(name)).toMatchObject({ works: true })
  }
  expect(layer('rlimits')?.why).not.toContain('cores lent')
  expect(launcher.launch('strangers').command()).toMatchObject({ file: '/usr/bin/prlimit', walled: true })
})

test.each([
  ['apt-get', 'apt install bubblewrap'],
  ['dnf', 'dnf install bubblewrap'],
  ['apk', 'apk add bubblewrap'],
  ['nothing', 'install the package bubblewrap'],
])(
  'without bubblewrap, namespaces stand in for it; where there is %s, what to install is said in its words',
  async (tool, words) => {
    const { jail, layer } = await explored({ tools: [...UTIL_LINUX, tool] })
    expect(jail.tier).toBe('namespaces')
    expect(jail.grants.strangers).toEqual([])
    expect(layer('bubblewrap')).toMatchObject({ works: false, why: expect.stringContaining(words) as string })
    expect(layer('seccomp')).toMatchObject({ works: false, why: expect.stringContaining('bubblewrap') as string })
  },
)

test('where users may make no namespaces, strangers are refused and the reason is passed on', async () => {
  const ends: PlayedInit['ends'] = (command) =>
    command.some((word) => /bwrap$|unshare$/.test(word))
      ? { complains: 'bwrap: setting up uid map: Permission denied\nmore' }
      : { sees: SEES.everything }
  const { jail, machine, layer } = await explored({ tools: ALL, ends })
  expect(jail).toMatchObject({ tier: 'process', grants: { trusted: ['wasm'] } })
  expect(jail.grants.strangers).toBeUndefined()
  expect(layer('bubblewrap')?.why).toMatch(/^bwrap: setting up uid map: Permission denied: .*sysctl/)
  expect(layer('namespaces')?.works).toBe(false)
  // Its limits hold all the same.
  expect(layer('rlimits')?.works).toBe(true)
  // But for the cores lent, and the owner is told so.
  expect(layer('rlimits')?.why).toContain('cores lent')
  expect(machine.trials).toHaveLength(4)
})

test.each([
  ['files', { ...SEES.nothingFiltered, files: true }],
  ['processes', { ...SEES.nothingFiltered, pid: 100 }],
  ['sockets', SEES.nothing],
])('a wall through which %s can be seen is not taken', async (what, sees) => {
  const { jail, layer } = await explored({
    tools: ['bwrap'],
    ends: (command) => ({ sees: command.includes('--seccomp') ? sees : SEES.nothing }),
  })
  expect(jail.tier).toBe('namespaces')
  expect(layer('seccomp')).toMatchObject({ works: false, why: expect.stringContaining(what) as string })
})

test('a processor whose system calls are not known here gets no filter', async () => {
  const { jail, layer } = await explored({ tools: ALL, arch: 'riscv64' })
  expect(jail.tier).toBe('namespaces')
  expect(layer('seccomp')?.why).toContain('riscv64')
})

test('root’s functions run as nobody, unless nobody cannot read the code', async () => {
  const asNobody = await explored({ tools: ALL, isRoot: true })
  expect(asNobody.launcher.launch('trusted').command().file).toBe('/usr/bin/setpriv')
  const asRoot = await explored({
    tools: ALL,
    isRoot: true,
    ends: (command) =>
      command[0] === '/usr/bin/setpriv' ? { complains: 'Permission denied' } : { sees: SEES.nothingFiltered },
  })
  expect(asRoot.launcher.launch('trusted').command().file).toBe('/usr/bin/prlimit')
  expect(asRoot.jail.tier).toBe('filtered')
})

test('where setpriv cannot have the kernel end what it starts, processes do without', async () => {
  const able = await explored({ tools: UTIL_LINUX })
  expect(able.launcher.launch('trusted').command().args).toContain('--pdeathsig=KILL')
  const unable = await explored({ tools: UTIL_LINUX, run: () => Promise.reject(new Error('unrecognized option')) })
  expect(unable.launcher.launch('trusted').command().args).not.toContain('--pdeathsig=KILL')
  expect(unable.jail.tier).toBe('namespaces')
})

test.each([
  ['v24.3.0', 'process'],
  ['v22.99.0', 'process'],
  ['v24.21.0', 'filtered'],
  ['v24.99.0', 'filtered'],
  ['v25.99.0', 'process'],
  ['v26.0.0', 'process'],
  ['v26.9.99', 'process'],
  ['v26.10.0', 'filtered'],
  ['v26.10.1', 'filtered'],
  ['v27.0.0', 'filtered'],
] as const)('the tier with Node.js %s is %s', async (nodeVersion, tier) => {
  const { jail, layer } = await explored({ tools: ALL, nodeVersion })
  expect(jail.tier).toBe(tier)
  expect(jail.grants.strangers).toEqual(tier === 'process' ? undefined : [])
  if (tier === 'process')
    expect(layer('interpreter')).toMatchObject({ works: false, why: expect.stringContaining(nodeVersion) as string })
})

test.each([
  ['v24.21.0', 'files, processes'],
  ['v26.10.0', 'files, the network, processes'],
])('Node.js %s itself denies %s', async (nodeVersion, denied) => {
  const { layer } = await explored({ tools: ALL, nodeVersion })
  expect(layer('permissions')).toMatchObject({ works: true, why: expect.stringContaining(denied) as string })
})

test.each(['darwin', 'win32'] as const)('on %s the tier is honest, and nothing is tried', async (platform) => {
  const { jail, machine, layer } = await explored({ platform, tools: ALL })
  expect(jail.tier).toBe('process')
  expect(machine.trials).toEqual([])
  expect(layer('bubblewrap')?.why).toContain('Linux')
  expect(layer('cgroup')?.works).toBe(false)
})

test('the owner can lend a weak jail to strangers all the same', async () => {
  const { jail } = await explored({ tools: [] }, { weakJail: true })
  expect(jail).toMatchObject({ tier: 'process', grants: { trusted: ['wasm'], strangers: [] } })
})

test('where an interpreter does not start, strangers are refused and trusted publishers are not', async () => {
  const { launcher } = await explored({ tools: ALL })
  launcher.refuseStrangers('it ended with code 1')
  expect(launcher.jail().grants).toEqual({ trusted: ['wasm'] })
  expect(launcher.jail().layers.find(({ name }) => name === 'interpreter')).toMatchObject({ works: false })
})

test('a process gets its limits from outside before it is used: threads, and a control group that goes with it', async () => {
  const ran: string[][] = []
  const groups: string[] = []
  const { launcher } = await explored({
    tools: ALL,
    run: async (file, args) => void ran.push([file, ...args]),
    cgroups: () => ({
      confine(pid, { memoryMb, threads }) {
        groups.push(`${pid} ${memoryMb} ${threads}`)
        return () => void groups.pop()
      },
    }),
  })
  const release = await launcher.launch('trusted').confine(7)
  expect(ran.filter(([tool]) => tool === '/usr/bin/prlimit')).toEqual([['/usr/bin/prlimit', '--pid=7', '--nproc=52']])
  expect(groups).toEqual(['7 1024 52'])
  release()
  expect(groups).toEqual([])
})

test('a snapshot that another takes the place of is closed, and the other with the launcher', async () => {
  const open = new Set<number>()
  let last = 0
  const snapshot = async (): Promise<Snapshot> => {
    last += 1
    const fd = last
    open.add(fd)
    return { fd, hash: '', close: () => void open.delete(fd) }
  }
  const { launcher } = await explored({ snapshot })
  await launcher.freeze('trusted')
  await launcher.freeze('trusted')
  expect([...open]).toEqual([2])
  launcher.close()
  expect([...open]).toEqual([])
})
