import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'

/** What others than the benchmarks do with the machine, before anything is measured. */

const LOOK_MS = 2_000
/** More than a system does that nobody uses. */
const QUIET_SHARE = 0.1

/** Processor time that was used, and all there was, in ticks since the machine started. */
interface Ticks {
  used: number
  all: number
}

/**
 * Waits until others leave the machine alone, for so long at most; says on stderr where they do not. Gives the share of the processors' time
 * that they took in the end, of 0 to 1: a load average says what was minutes ago. Undefined where the system does not say it.
 */
export async function othersShare(waitMs: number): Promise<number | undefined> {
  const giveUpAt = performance.now() + waitMs
  for (;;) {
    const share = await shareNow()
    if (share === undefined || share <= QUIET_SHARE) return share
    const taken = `others take ${Math.round(100 * share)} % of the processors' time`
    if (performance.now() >= giveUpAt) {
      console.error(`${taken}: what comes of this run says how busy the machine was`)
      return share
    }
    console.error(`${taken}: waiting for them`)
  }
}

async function shareNow(): Promise<number | undefined> {
  const before = await ticks()
  await pause(LOOK_MS)
  const after = await ticks()
  if (before === undefined || after === undefined) return undefined
  return (after.used - before.used) / Math.max(1, after.all - before.all)
}

/** Undefined where Linux is not there to say it. */
async function ticks(): Promise<Ticks | undefined> {
  const text = await readFile('/proc/stat', 'latin1').catch(() => '')
  return ticksIn(text)
}

/** Of the first line of `/proc/stat`: user, nice, system, idle, waiting for disks, interrupts, soft ones, and what other machines took of this one. */
export function ticksIn(text: string): Ticks | undefined {
  const numbers = /^cpu +([\d ]+)/.exec(text)?.[1]?.split(' ').map(Number).slice(0, 8)
  if (numbers === undefined) return undefined
  const all = numbers.reduce((sum, one) => sum + one, 0)
  const [, , , idle = 0, waiting = 0] = numbers
  return { used: all - idle - waiting, all }
}
