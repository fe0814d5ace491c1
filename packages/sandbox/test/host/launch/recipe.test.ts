import { PROFILES } from '@hither/core'
import { expect, test } from 'vitest'
import { STRANGERS_DATA_MB } from '../../../src/host/limits.ts'
import { commandOf, type Recipe, type Wall } from '../../../src/host/launch/recipe.ts'
import { played } from './machine.ts'

const code = played().code()
const BWRAP: Wall = { by: 'bubblewrap', bwrap: '/usr/bin/bwrap', filter: Uint8Array.of(1) }
const UNSHARE: Wall = {
  by: 'namespaces',
  unshare: '/bin/unshare',
  mount: '/bin/mount',
  mkdir: '/bin/mkdir',
  sh: '/bin/sh',
}

const line = (recipe: Partial<Recipe>, profile: 'trusted' | 'strangers' = 'trusted'): string =>
  commandOf({ code, ...recipe }, profile).args.join(' ')

test.each(PROFILES)('nothing of the parent’s goes to a process of %s, and nothing of a user’s opens V8', (profile) => {
  const { file, args, options, walled } = commandOf({ code }, profile)
  expect(file).toBe('/home/ann/node')
  expect(options).toMatchObject({ env: {}, cwd: '/', detached: true, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] })
  expect(walled).toBe(false)
  expect(args).toContain('--permission')
  expect(args).toContain('--disable-sigusr1')
  expect(
    args.filter((arg) => /inspect|snapshot-blob|allow-(child|wasi|fs-write|net)|require|import/.test(arg)),
  ).toEqual([])
})

test('only strangers are interpreted, and only their data is bounded', () => {
  const prlimit = '/bin/prlimit'
  expect(line({ prlimit }, 'strangers')).toMatch(new RegExp(`--data=${STRANGERS_DATA_MB * 2 ** 20} .*--jitless`))
  expect(line({ prlimit }, 'trusted')).not.toMatch(/--data|--jitless/)
  for (const profile of PROFILES) expect(line({ prlimit }, profile)).toMatch(/^--core=1 --nofile=\d+ --fsize=0/)
})

test('behind bubblewrap nothing tells of this machine’s folders, and every bind is read-only', () => {
  const { args, filter, options } = commandOf({ code, wall: BWRAP }, 'trusted')
  const inside = args.slice(args.indexOf('--') + 1).join(' ')
  expect(inside).toMatch(/^\/node .*\/hither\/dist\/jail\/main.mjs tethered \/hither\/isolated-vm.node$/)
  expect(inside).not.toContain('ann')
  const outside = args.slice(0, args.indexOf('--'))
  for (const needed of ['--unshare-all', '--unshare-user', '--die-with-parent', '--new-session', '--remount-ro']) {
    expect(outside).toContain(needed)
  }
  expect(outside.filter((arg) => /^--(dev-)?bind|--share|--proc|--dev|--cap-add/.test(arg))).toEqual([])
  expect(outside.slice(-2)).toEqual(['--seccomp', '4'])
  expect(filter).toEqual(Uint8Array.of(1))
  expect(options.stdio).toHaveLength(5)
})

test('what a shell gets to read means nothing to it but what it says', () => {
  const evil = { ...code, node: `/home/an n/$(touch x)/'node` }
  const { args } = commandOf({ code: evil, wall: UNSHARE }, 'trusted')
  const script = args[args.indexOf('-c') + 1] ?? ''
  expect(script).toContain(`bind,ro,nosuid,nodev '/home/an n/$(touch x)/'\\''node' /sys/node`)
  expect(script.split('\n').at(-1)).toMatch(/--map-user=65534 .* --root=\/sys .*"\$@" \|\| exit \$\?$/)
})

test('the layers of root: nobody first, then limits, then what ends it with its parent, which to become nobody would undo', () => {
  const setpriv = '/bin/setpriv'
  const recipe: Recipe = { code, wall: UNSHARE, prlimit: '/bin/prlimit', setpriv, tether: setpriv }
  const { file, args } = commandOf(recipe, 'trusted')
  const outside = [file, ...args.slice(0, args.indexOf('-c'))]
  const chain = outside.filter((word) => /^\/bin\/|^--(reuid|pdeathsig)/.test(word))
  expect(chain).toEqual([
    '/bin/setpriv',
    '--reuid=65534',
    '/bin/prlimit',
    '/bin/setpriv',
    '--pdeathsig=KILL',
    '/bin/unshare',
    '/bin/sh',
  ])
})

test('a process that nothing else ends with its parent is told to see to that itself', () => {
  expect(line({ wall: BWRAP })).toContain('main.mjs tethered ')
  expect(line({ wall: UNSHARE, tether: '/bin/setpriv' })).toContain('main.mjs tethered ')
  expect(line({ tether: '/bin/setpriv' })).toContain('main.mjs alone ')
  expect(line({ wall: UNSHARE, setpriv: '/bin/setpriv' })).toContain('main.mjs alone ')
  expect(line({})).toContain('main.mjs alone ')
})
