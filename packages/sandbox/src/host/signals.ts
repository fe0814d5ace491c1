import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import { childrenOf } from './lineage.ts'

export function signalTo(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It died in between.
  }
}

/** Ends a process at once, and where it is a launcher what it launched. */
export function killLaunched(child: ChildProcess, launcher: boolean): void {
  // It was not started, and that is being told.
  if (child.pid === undefined) return
  const inside = launcher ? childrenOf(child.pid) : []
  // The launcher outlives what it launched, and reaps it: an orphan would be left to whoever is first on this machine.
  if (inside.length === 0) child.kill('SIGKILL')
  else for (const one of inside) signalTo(one, 'SIGKILL')
}

/** Shells and launchers say by their code which signal ended what they launched. */
const SIGNALLED_CODE = 128

/** How a process ended, in words. */
export function endOf(code: number | null, name: NodeJS.Signals | null): string {
  const number = (code ?? 0) - SIGNALLED_CODE
  const passedOn = Object.entries(constants.signals).find(([, value]) => value === number)?.[0]
  const ended = name ?? passedOn
  return ended === undefined ? `it ended with code ${code}` : `it was ended by ${ended}`
}
