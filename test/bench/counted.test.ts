import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { counted } from '../../bench/measure/counted.ts'
import { familyOf } from '../../bench/measure/proc.ts'

const BUSY = fileURLToPath(new URL('support/busy.ts', import.meta.url))

test('a time in which a process ended does not count, and where none counts there is no mean', async () => {
  const busy = fork(BUSY, { execArgv: [] })
  onTestFinished(() => void busy.kill('SIGKILL'))
  const pid = busy.pid ?? 0
  const [{ child }] = (await once(busy, 'message')) as [{ child: number }]
  const cpu = counted(pid)
  expect(() => cpu.ms()).toThrow('a process ended each time')
  const ended = await cpu.of(async () => {
    process.kill(child, 'SIGKILL')
    await expect.poll(() => familyOf(pid)).toEqual([pid])
    return 'ended'
  })
  expect(ended).toBe('ended')
  expect(() => cpu.ms()).toThrow('a process ended each time')
  await cpu.of(async () => undefined)
  expect(Number.isFinite(cpu.ms())).toBe(true)
})
