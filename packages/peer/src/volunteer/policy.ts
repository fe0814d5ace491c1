import type { Readings, Told } from './detector.ts'
import { CALM_MS, FREE_RESUME_PART, LOAD_RESUME_PART } from './limits.ts'
import type { Settings } from './settings.ts'
import { isItsTime, showWhen, type Moment } from './when.ts'

/** Why a machine does not work now. */
export interface Reason {
  cause: 'hours' | 'owner' | 'battery' | 'load' | 'memory' | 'disk' | 'metered'
  /** For its owner. */
  words: string
  /** Its cause has been gone since then; it stands a little longer. */
  goneSince?: number
}

/** What is known when it is decided. */
export interface Facts {
  settings: Settings
  /** What cannot be told is missing. */
  readings: Partial<Readings>
  moment: Moment
  /** Ms that only grow. */
  now: number
}

interface Rule {
  cause: Reason['cause']
  /** What it goes by; nothing where the settings do not ask for it. */
  needs: (settings: Settings) => Told[]
  /** Why not; undefined where nothing speaks against it. `stands`: it did before. */
  forbids: (facts: Facts, stands: boolean) => string | undefined
  /** How long its cause must be gone before it is forgotten, in ms. */
  calmMs: number
}

const RULES: readonly Rule[] = [
  {
    cause: 'hours',
    needs: () => [],
    forbids: ({ settings: { when }, moment }) =>
      isItsTime(when, moment) ? undefined : `now is none of its hours (${showWhen(when)})`,
    calmMs: 0,
  },
  {
    cause: 'owner',
    needs: ({ when }) => (when.idleMs === undefined ? [] : ['idleMs']),
    forbids({ settings: { when }, readings: { idleMs } }) {
      if (when.idleMs === undefined) return undefined
      if (idleMs === undefined) return 'whether you are away cannot be told on this machine'
      return idleMs < when.idleMs ? `you are at the machine, or were ${seconds(idleMs)} ago` : undefined
    },
    // To be away takes long enough by itself.
    calmMs: 0,
  },
  {
    cause: 'battery',
    needs: ({ battery }) => (battery === 'pause' ? ['onBattery'] : []),
    forbids: ({ settings, readings }) =>
      settings.battery === 'pause' && readings.onBattery === true ? 'the machine runs on battery' : undefined,
    calmMs: CALM_MS,
  },
  {
    cause: 'load',
    needs: ({ load }) => (load > 0 ? ['othersLoad'] : []),
    forbids({ settings: { load }, readings: { othersLoad = 0 } }, stands) {
      const limit = stands ? load * LOAD_RESUME_PART : load
      return load > 0 && othersLoad > limit
        ? `other programs use ${percent(othersLoad)} of the processors (more than ${percent(limit)})`
        : undefined
    },
    calmMs: CALM_MS,
  },
  {
    cause: 'memory',
    needs: ({ keepMemory }) => (keepMemory > 0 ? ['freeMemoryBytes'] : []),
    forbids: ({ settings, readings }, stands) =>
      tooLittle('memory', readings.freeMemoryBytes, settings.keepMemory, stands),
    calmMs: CALM_MS,
  },
  {
    cause: 'disk',
    needs: ({ keepDisk }) => (keepDisk > 0 ? ['freeDiskBytes'] : []),
    forbids: ({ settings, readings }, stands) => tooLittle('disk', readings.freeDiskBytes, settings.keepDisk, stands),
    calmMs: CALM_MS,
  },
  {
    cause: 'metered',
    needs: ({ metered }) => (metered === 'pause' ? ['metered'] : []),
    forbids: ({ settings, readings }) =>
      settings.metered === 'pause' && readings.metered === true ? 'bytes cost money on this network' : undefined,
    calmMs: CALM_MS,
  },
]

/** What has to be read for these settings. */
export function needed(settings: Settings): Set<Told> {
  return new Set(RULES.flatMap(({ needs }) => needs(settings)))
}

/**
 * Why no work is taken now; none where it is. `before`: what stood until now, for what pauses at a threshold goes on only well
 * beyond it, and after a while.
 */
export function judge(facts: Facts, before: readonly Reason[]): Reason[] {
  return RULES.flatMap(({ cause, forbids, calmMs }) => {
    const stood = before.find((reason) => reason.cause === cause)
    const words = forbids(facts, stood !== undefined)
    if (words !== undefined) return [{ cause, words }]
    if (stood === undefined) return []
    const goneSince = stood.goneSince ?? facts.now
    return facts.now - goneSince < calmMs ? [{ cause, words: stood.words, goneSince }] : []
  })
}

function tooLittle(what: string, free: number | undefined, keep: number, stands: boolean): string | undefined {
  const limit = stands ? keep * FREE_RESUME_PART : keep
  if (keep === 0 || free === undefined || free >= limit) return undefined
  return `only ${megabytes(free)} of ${what} are free (less than ${megabytes(limit)})`
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MB`
}
