import { afterEach, expect, test, vi } from 'vitest'
import { Meter } from '../../src/child/guest-meter.ts'
import { startHandler } from './start.ts'

const LIMITS = { cpuMs: 10, patience: 32 }

/** The thread waits for a core, for all that the system counts. */
function starve(): void {
  vi.spyOn(process, 'threadCpuUsage').mockReturnValue({ user: 0, system: 0 })
}

/** Nobody ends a turn before its own end. */
const PATIENT = { ...LIMITS, patience: 1000 }

afterEach(() => void vi.restoreAllMocks())

test('a turn in which the process waits for a core is not over its limit', async () => {
  const { fetch } = startHandler(
    `const until = performance.now() + 100; while (performance.now() < until); return new Response('ok')`,
  )
  starve()
  expect((await fetch({}, PATIENT)).text).toBe('ok')
})

test('a turn that did take more is, also where nobody ended it meanwhile', async () => {
  // Work, and not a time: in that a busy machine may not let it work.
  const { fail } = startHandler(
    `let n = 0; for (let i = 0; i < 2e8; i += 1) n = (n + i) | 0; return new Response('ok')`,
  )
  expect(await fail({}, PATIENT)).toMatchObject({ code: 'limit-cpu' })
})

test('a loop ends in the end, and by what it used it is told why', async () => {
  const loop = 'for (;;);'
  expect(await startHandler(loop).fail({}, LIMITS)).toMatchObject({ code: 'limit-cpu' })
  const { fail, guest } = startHandler(loop)
  starve()
  expect(await fail({}, LIMITS)).toMatchObject({ code: 'sandbox-crashed' })
  expect(guest.usable).toBe(false)
})

test('many entries that each waited a little took together what the system says', () => {
  starve()
  const isolate = { cpuTime: 0n }
  const meter = new Meter(isolate)
  // Later than anybody has asked this thread's count.
  const from = performance.now() + 1000
  for (let now = from; now < from + 1000; now += 5) {
    meter.begin(now)
    isolate.cpuTime += 5_000_000n
    meter.end(false, false)
  }
  expect(meter.totalMs).toBe(0)
})
