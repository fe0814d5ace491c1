import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { load } from '../../src/volunteer/detectors/load.ts'
import { LOAD_WINDOW_MS } from '../../src/volunteer/limits.ts'
import { realMachine } from '../../src/volunteer/machine.ts'

function start(code: string): number {
  const child = spawn(process.execPath, ['-e', code], { stdio: 'ignore' })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child.pid ?? 0
}

/** A second of a processor. */
const LONG_TICKS = 100

/** In the kernel's ticks. */
function timeOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}

function allTime(): number {
  return (/^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'latin1'))?.[1] ?? '')
    .split(' ')
    .slice(0, 8)
    .reduce((sum, ticks) => sum + Number(ticks), 0)
}

test.runIf(process.platform === 'linux')(
  'what a real child burns is none of others’ load to its parent, and is to everybody else',
  async () => {
    const burner = start('for (;;);')
    const bystander = start('setInterval(() => {}, 1000)')
    const parent = load(realMachine)
    const other = load({ ...realMachine, pid: bystander })
    // On a busy machine it is a while before it gets a processor.
    while (timeOf(burner) < 20) await pause(20)
    await Promise.all([parent.read(), other.read()])
    const before = { burned: timeOf(burner), all: allTime(), at: performance.now() }
    // Long enough that the ticks between two reads of one moment are few beside it.
    while (timeOf(burner) - before.burned < LONG_TICKS || performance.now() - before.at <= LOAD_WINDOW_MS)
      await pause(20)
    const [mine = 0, theirs = 0] = await Promise.all([parent.read(), other.read()])
    const share = (timeOf(burner) - before.burned) / (allTime() - before.all)
    // This process's own time is the rest of the difference; both are measured within one window, so a busy machine changes nothing.
    expect(theirs - mine).toBeGreaterThan(0.8 * share)
    expect(share).toBeGreaterThan(0)
  },
)
