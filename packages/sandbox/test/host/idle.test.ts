import { expect, test } from 'vitest'
import type { Timers } from '@hither/sandbox'
import { SWEEP_MS, WATCH_MS } from '../../src/host/limits.ts'
import { bench, handler, makeJob, text, until } from './support.ts'

/** Real timers that are counted while they wait. */
function counted(): { timers: Timers; waiting: Set<number> } {
  const waiting = new Set<number>()
  return {
    waiting,
    timers: {
      after(ms, run) {
        waiting.add(ms)
        const timer = setTimeout(() => {
          waiting.delete(ms)
          run()
        }, ms)
        return () => {
          waiting.delete(ms)
          clearTimeout(timer)
        }
      },
    },
  }
}

test('a runner with nothing to do waits for no timer', async () => {
  const { timers, waiting } = counted()
  const on = bench({}, { timers })
  await on.runner.start()
  expect([...waiting]).toEqual([])
})

test('once it was called it looks each second at what is warm, and no more often', async () => {
  const { timers, waiting } = counted()
  const on = bench({}, { timers })
  expect(await text(on.runner.run(await makeJob(handler(`return new Response('hello')`))))).toBe('hello')
  // The fast look ends by itself; the next spare gets ready.
  await until(() => !waiting.has(WATCH_MS) && waiting.has(SWEEP_MS) && waiting.size === 1)
  expect([...waiting]).toEqual([SWEEP_MS])
})
