import type { Readings } from './detector.ts'
import { needed, type Reason } from './policy.ts'
import { showSettings, type Settings } from './settings.ts'
import type { DetectorState } from './watch.ts'

/** What a machine lends and does not, and why. */
export interface VolunteerStatus {
  on: boolean
  /** It takes calls now. */
  taking: boolean
  /** Why it takes none although it is on, in words for its owner. */
  paused: string[]
  /** Calls that run for others, or for oneself. */
  running: number
  settings: Record<string, string>
  detectors: ListedDetector[]
}

export interface ListedDetector {
  name: string
  works: boolean
  /** The settings go by it. */
  used: boolean
  /** What it reads now, or why it does not work here. */
  says: string
  by: string
}

export function statusOf(
  settings: Settings,
  states: DetectorState[],
  now: { taking: boolean; reasons: readonly Reason[]; running: number },
): VolunteerStatus {
  const asked = needed(settings)
  const { taking, reasons, running } = now
  return {
    on: settings.on,
    taking,
    paused: reasons.map(({ words }) => words),
    running,
    settings: showSettings(settings),
    detectors: states.map((state) => ({
      name: state.name,
      works: state.works,
      used: state.works && asked.has(state.tells),
      says: state.works ? wordsOf(state) : `not detected here: ${state.why ?? 'it has not answered yet'}`,
      by: state.by,
    })),
  }
}

const WORDS: { [K in keyof Readings]: (value: Readings[K]) => string } = {
  idleMs: (ms) => (ms < 1000 ? 'in use' : `away for ${Math.round(ms / 1000)} s`),
  onBattery: (is) => (is ? 'on battery' : 'on mains'),
  othersLoad: (share) => `others use ${Math.round(share * 100)} % of the processors`,
  freeMemoryBytes: free,
  freeDiskBytes: free,
  metered: (is) => (is ? 'metered' : 'not metered'),
}

function wordsOf({ tells, reading }: DetectorState): string {
  if (reading === undefined) return 'works; it has measured nothing yet'
  return (WORDS[tells] as (value: typeof reading) => string)(reading)
}

function free(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MB free`
}
