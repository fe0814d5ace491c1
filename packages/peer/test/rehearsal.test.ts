import { type Runner } from '@hither/core'
import { memoryBlocks, memoryNames } from '@hither/store'
import { expect, test, vi } from 'vitest'
import { functions } from '../src/functions.ts'
import { REHEARSALS } from '../src/limits.ts'
import { rehearse } from '../src/rehearsal.ts'
import { sealer } from '../src/serve/sealer.ts'
import { systemTimers } from '../src/timers.ts'
import { vouchers } from '../src/serve/vouchers.ts'
import { admissionOf, expected, fakeLinks, idleState, signer, silent } from './fakes.ts'

test('a peer rehearses calls of its own, of which nobody sees anything', async () => {
  const me = await signer(1)
  const links = fakeLinks({ other: { rttMs: 1 } })
  const [names, blocks] = [memoryNames(), memoryBlocks({ capBytes: 1e6 })]
  const now = (): number => performance.now()
  const seen = vi.fn<() => never>(() => {
    throw new Error('it was seen')
  })
  const loads = vi.fn<Runner['load']>(() => ({
    slots: 2,
    busy: 0,
    queued: 0,
    cores: { lent: 1, burning: 0, waiting: 0 },
    memoryMb: 512,
    warm: [],
  }))
  const runner: Runner = {
    jail: () => ({ tier: 'process', layers: [], grants: { trusted: [] } }),
    load: loads,
    isWarm: seen,
    run: seen,
    start: seen,
    stop: seen,
    lend: seen,
    interrupt: seen,
  }
  const found = functions({ blocks, links, now, log: silent })
  const kept = { keep: seen, find: seen, flush: seen }
  await rehearse(
    { signer: me, links, joining: expected(0), now, wallClock: () => 0, log: silent, receipts: kept, stories: kept },
    {
      self: links.self,
      links,
      log: silent,
      runner,
      run: seen,
      admission: admissionOf(me.publisher),
      vouchers: vouchers({ names, links, functions: found, log: silent }),
      functions: found,
      vault: { given: () => undefined },
      sealer: sealer({ sign: seen, timers: systemTimers, now }),
      state: () => ({ ...idleState, accepting: false }),
      draining: () => true,
      taking: () => false,
      called: seen,
      now,
    },
  )
  expect(loads.mock.calls.length).toBeGreaterThanOrEqual(REHEARSALS)
  expect(seen).not.toHaveBeenCalled()
  expect([names.list(), blocks.usage().count, links.told]).toEqual([[], 0, []])
})
