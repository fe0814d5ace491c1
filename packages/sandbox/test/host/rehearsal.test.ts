import { DEFAULT_EGRESS } from '@hither/core'
import { expect, test } from 'vitest'
import { loadGuest } from '../../src/child/isolate.ts'
import type { Guest, LoadGuest } from '../../src/child/guest.ts'
import { rehearse as rehearseChild } from '../../src/child/rehearsal.ts'
import { rehearse } from '../../src/host/rehearsal.ts'
import { bench, handler, makeJob, whole } from './support.ts'

test('a sandbox process rehearses with isolates of which none is left', async () => {
  const said: string[] = []
  const load: LoadGuest = (init) => {
    const guest = loadGuest(init)
    const told: Guest = {
      ...guest,
      pending: 0,
      usable: true,
      cpuMs: () => guest.cpuMs(),
      heapBytes: () => guest.heapBytes(),
      invoke: (request, limits, events) =>
        guest.invoke(request, limits, {
          ...events,
          begin: () => said.push('begun'),
          over: () => said.push('over'),
          done(outcome, goesOn) {
            said.push('response' in outcome ? `status ${outcome.response.status}` : 'failed')
            events.done(outcome, goesOn)
          },
        }),
      dispose() {
        said.push('disposed')
        guest.dispose()
      },
    }
    said.push('loaded')
    return told
  }
  await rehearseChild({ load, remembers: () => false })
  const times = said.length / 3
  expect(times).toBeGreaterThan(0)
  expect(said).toEqual(Array.from({ length: times }, () => ['loaded', 'status 200', 'disposed']).flat())
})

test('a sandbox process that cannot load anything is done with its rehearsal all the same', async () => {
  const broken: LoadGuest = () => {
    throw new Error('no isolates here')
  }
  await expect(rehearseChild({ load: broken, remembers: () => false })).resolves.toBeUndefined()
})

test('what a runner rehearses runs nowhere, and leaves no trace in it', async () => {
  const lent = { cores: 1, memoryMb: 512, slots: 4, queue: 4, egress: DEFAULT_EGRESS }
  const before = structuredClone(lent)
  await rehearse(lent, () => performance.now())
  expect(lent).toEqual(before)

  const { runner, children } = bench()
  await runner.start()
  expect(runner.load()).toMatchObject({ busy: 0, queued: 0, cores: { burning: 0, waiting: 0 }, warm: [] })
  expect(children).toHaveLength(1)
  const { metrics } = await whole(runner.run(await makeJob(handler('return new Response("x")'))))
  expect(metrics.cold).toBe(true)
})
