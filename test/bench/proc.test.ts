import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { cpuUsOf, descriptorsOf, familyOf, ownCpuUsOf, rssBytesOf, wakesOf } from '../../bench/measure/proc.ts'

/** What `/proc` says is read as what the process itself says, whatever its name. */

const BUSY = fileURLToPath(new URL('support/busy.ts', import.meta.url))
const TICK_US = 10_000

interface Busy {
  ownUs: number
  rss: number
  child: number
}

test('processor time, memory and family of a process with brackets in its name', async () => {
  const process = fork(BUSY, { execArgv: [] })
  onTestFinished(() => void process.kill('SIGKILL'))
  const pid = process.pid ?? 0
  const [{ ownUs, rss, child }] = (await once(process, 'message')) as [Busy]
  expect(Math.abs(ownCpuUsOf(pid) - ownUs)).toBeLessThan(0.1 * ownUs + 2 * TICK_US)
  // With the child that lives and the one that has ended.
  expect(cpuUsOf(pid)).toBeGreaterThan(ownCpuUsOf(pid) + 2 * TICK_US)
  expect(Math.abs(rssBytesOf(pid) - rss)).toBeLessThan(0.2 * rss)
  expect(familyOf(pid)).toEqual([pid, child])
  expect(descriptorsOf(pid)).toBeGreaterThan(3)
  expect(wakesOf(pid)).toBeGreaterThan(0)
})

test('of a process that is gone there is nothing', () => {
  const gone = 2 ** 22 + 1
  expect([cpuUsOf(gone), rssBytesOf(gone), descriptorsOf(gone), wakesOf(gone)]).toEqual([0, 0, 0, 0])
})
