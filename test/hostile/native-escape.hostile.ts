import { PROFILES, type Tier } from '@hither/core'
import { afterAll, describe, expect, test } from 'vitest'
import { thisMachine, threadsOf } from '../../packages/sandbox/src/host/launch/machine.ts'
import { escapist, explored, lures, tryToEscape } from './support/captive.ts'
import type { Findings } from './support/escape.ts'
import { figure } from './support/report.ts'

/** Every tool of a jail. */
const TOOLS = ['bwrap', 'unshare', 'prlimit', 'setpriv']

/** Jails as machines have them: which tools are hidden here to get them, and what they do not keep from anybody. */
const JAILS: { tier: Tier; hidden: string[]; leaves: RegExp }[] = [
  { tier: 'filtered', hidden: [], leaves: /^$/ },
  // Nothing filters its calls: it can start again what it is, within its own walls and limits.
  { tier: 'namespaces', hidden: ['bwrap'], leaves: /^start (Node again|\d+ processes)$/ },
]

/** Each way out, and how it ended in each jail. */
const matrix = new Map<string, string[]>()

afterAll(() => {
  for (const [way, ends] of matrix) figure('A07', way, ends.join(', '))
})

function note(jail: string, findings: Findings): string[] {
  for (const [way, code] of Object.entries(findings)) {
    matrix.set(way, [...(matrix.get(way) ?? []), `${jail} ${code ?? 'ALLOWED'}`])
  }
  return Object.keys(findings).filter((way) => findings[way] === null)
}

const isLinux = process.platform === 'linux'
const lacks = (tool: string): boolean => thisMachine().find(tool) === undefined

describe.each(JAILS)('$tier', ({ tier, hidden, leaves }) => {
  // Without the tools there is no such jail here: seen in the report as skipped.
  const impossible = !isLinux || (tier === 'filtered' ? lacks('bwrap') : lacks('unshare'))

  test.skipIf(impossible).each(PROFILES)('A07, A08, B08: what broke out of V8 finds nothing (%s)', async (profile) => {
    const launcher = await explored(escapist(hidden))
    expect(launcher.jail().tier).toBe(tier)
    const { outside, seen } = await lures()
    const { findings, root, threads, threadsMax, residentBytes, readyMs } = await tryToEscape(
      launcher,
      profile,
      outside,
    )

    const where = `${tier}/${profile}`
    const allowed = note(where, findings)
    expect(allowed.filter((way) => !leaves.test(way))).toEqual([])
    expect(Object.keys(findings).length).toBeGreaterThan(25)
    expect(seen()).toBe(0)
    expect(threads).toBeLessThanOrEqual(threadsMax)
    expect(threadsMax).toBe(threadsOf(thisMachine()))
    // Its own code, Node, and Node's libraries.
    expect(root.filter((name) => !['hither', 'node'].includes(name) && !/^(lib\w*|usr|nix)$/.test(name))).toEqual([])

    const hits = allowed.filter((way) => way.includes('secret')).length
    figure('A08', `${where}: the daemon’s secret found in environments`, `${hits} times`)
    figure('B08', `${where}: threads, those of its processes included`, `${threads} of ${threadsMax}`)
    const mb = residentBytes.map((bytes) => `${Math.round(bytes / 1024 / 1024)} MB`).join(' + ')
    figure('B08', `${where}: from start to ready, and resident with all threads`, `${readyMs.toFixed(0)} ms, ${mb}`)
  })
})

test('A11: with nothing to build a jail of, the tier says so and strangers are refused', async () => {
  const launcher = await explored(escapist(TOOLS))
  const { tier, layers, grants } = launcher.jail()
  expect(tier).toBe('process')
  expect(grants.strangers).toBeUndefined()
  const bubblewrap = layers.find(({ name }) => name === 'bubblewrap')
  expect(bubblewrap).toMatchObject({ works: false, why: expect.stringMatching(/install|Linux/) as string })
  figure('A11', 'no tools: tier, and what is said', `${tier}; ${bubblewrap?.why ?? ''}`)

  const { outside } = await lures()
  const { findings } = await tryToEscape(launcher, 'trusted', outside)
  // The lures work: what is denied above is there to be found.
  expect(note('process/trusted', findings)).toEqual(
    expect.arrayContaining(['read /etc/passwd', 'connect by TCP', 'connect by a UNIX socket']),
  )
})

test('A12: a Node.js below the floor is no better than no jail', async () => {
  const launcher = await explored({ ...escapist(), nodeVersion: 'v24.0.0' })
  const { tier, layers, grants } = launcher.jail()
  expect(tier).toBe('process')
  expect(grants.strangers).toBeUndefined()
  const why = layers.find(({ name }) => name === 'interpreter')?.why ?? ''
  expect(why).toContain('v24.0.0')
  figure('A12', 'Node.js v24.0.0: tier, and what is said', `${tier}; ${why}`)
})
