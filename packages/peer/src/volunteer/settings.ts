import {
  DEFAULT_EGRESS,
  HitherError,
  LABEL_PATTERN,
  LABELS_MAX,
  MEMORY_MIN_MB,
  readEgress,
  Shape,
  showEgress,
  type Egress,
} from '@hither/core'
import { readWhen, showWhen, type When } from './when.ts'

/** What a machine's owner lends, and when. */
export interface Settings {
  on: boolean
  when: When
  battery: 'pause' | 'run'
  metered: 'pause' | 'run'
  /** Pause while others use more of all cores than this, from 0 to 1; 0: whatever they use. */
  load: number
  /** Pause while less memory or disk than this is free, in bytes. */
  keepMemory: number
  keepDisk: number
  /** Cores to lend; 0: all. */
  cores: number
  /** Memory for all functions together, in bytes; 0: what the runner thinks fit. */
  memory: number
  /** Disk for blocks, in bytes. */
  disk: number
  /** What its owner says of the machine, for calls that ask for such. */
  labels: string[]
  /** Where functions' own requests may go. */
  egress: Egress
  /** What becomes of calls that run when a pause begins. */
  running: 'finish' | 'abort'
}

/** How a setting is written by its owner. */
interface Field<T> {
  key: string
  /** What it takes, in words. */
  takes: string
  read: (text: string) => T | undefined
  show: (value: T) => string
}

type Written = Omit<Settings, 'on'>

const FIELDS: { [K in keyof Written]: Field<Settings[K]> } = {
  when: {
    key: 'when',
    takes: 'always, or idle:10m, 22:00-07:00, mon-fri, or several of these with commas between',
    read: readWhen,
    show: showWhen,
  },
  battery: choice('battery', ['pause', 'run']),
  metered: choice('metered', ['pause', 'run']),
  load: {
    key: 'load',
    takes: 'off, or what others may use of all cores, such as 25%',
    read: (text) => (text === 'off' ? 0 : wholeFrom(/^(\d{1,2})%$/, text, 0.01)),
    show: (share) => (share === 0 ? 'off' : `${Math.round(share * 100)}%`),
  },
  keepMemory: size('keep-memory', 'off'),
  keepDisk: size('keep-disk', 'off'),
  cores: {
    key: 'cores',
    takes: 'all, or a number',
    read: (text) => (text === 'all' ? 0 : wholeFrom(/^(\d{1,4})$/, text)),
    show: (cores) => (cores === 0 ? 'all' : String(cores)),
  },
  memory: size('memory', 'auto'),
  disk: size('disk', undefined),
  labels: {
    key: 'labels',
    takes: `none, or at most ${LABELS_MAX} such as gpu,shop-7`,
    read: readLabels,
    show: (labels) => (labels.length === 0 ? 'none' : labels.join(',')),
  },
  egress: {
    key: 'egress',
    takes:
      'off, public, or public and, for those you trust, addresses of your own network with commas between: public,192.168.1.7:8080,10.0.0.0/8',
    read: readEgress,
    show: showEgress,
  },
  running: choice('running', ['finish', 'abort']),
}

const PROPERTIES = Object.keys(FIELDS) as (keyof Written)[]

const MB: number = 1024 * 1024

/** Nothing of it needs a second thought of an ordinary machine's owner; load is left alone, for functions have the lowest priority. */
export const DEFAULT_LEND: Omit<Written, 'cores' | 'disk'> = {
  when: {},
  battery: 'pause',
  metered: 'pause',
  load: 0,
  keepMemory: 256 * MB,
  keepDisk: 512 * MB,
  memory: 0,
  labels: [],
  egress: DEFAULT_EGRESS,
  running: 'finish',
}

/** Every setting as it is written, by its key. */
export function showSettings(settings: Settings): Record<string, string> {
  const entries = PROPERTIES.map((property): [string, string] => {
    const { key, show } = FIELDS[property] as Field<Written[typeof property]>
    return [key, show(settings[property])]
  })
  return Object.fromEntries(entries)
}

/** Changes as they are written, read. Throws `usage`. */
export function readSettings(texts: Record<string, string>): Partial<Written> {
  const read: Partial<Written> = {}
  for (const [key, text] of Object.entries(texts)) Object.assign(read, readOne(key, text))
  return read
}

/**
 * Throws `usage` where this machine does not have what is to be lent, or no function could do with it. What config.json says already is
 * not held to that: it may come from a larger machine, and a peer that does not start serves its owner least.
 */
export function refuseUseless({ cores = 0, memory = 0 }: Partial<Written>, machineCores: number): void {
  if (cores > machineCores) {
    throw new HitherError('usage', `cores cannot be "${cores}"`, {
      why: `this machine has ${machineCores}`,
      fix: `it takes all, or a number from 1 to ${machineCores}`,
    })
  }
  if (memory > 0 && memory < MEMORY_MIN_MB * MB) {
    throw new HitherError('usage', `memory cannot be "${FIELDS.memory.show(memory)}"`, {
      why: `no function may ask for less than ${MEMORY_MIN_MB} MB, so none would run here`,
      fix: `it takes auto, or an amount from ${MEMORY_MIN_MB}MB on`,
    })
  }
}

/** What config.json says under `lend`, where cores and disk have older places of their own. Throws `bad-config`. */
export function readLend(value: unknown, where: string): typeof DEFAULT_LEND {
  const texts = new Shape({ lend: value }, where, 'bad-config').texts('lend')
  try {
    return { ...DEFAULT_LEND, ...readSettings(texts) }
  } catch (error) {
    if (!(error instanceof HitherError)) throw error
    throw new HitherError('bad-config', `"lend" of ${where} cannot be read`, { why: error.message, cause: error })
  }
}

/** A changed config.json, from what it says now. */
export function writeSettings(before: object, on: boolean | undefined, changes: Record<string, string>): object {
  const { cores, disk } = readSettings(changes)
  const lend = Object.entries(changes).filter(([key]) => key !== 'cores' && key !== 'disk')
  const old = 'lend' in before && typeof before.lend === 'object' ? before.lend : {}
  return {
    ...before,
    ...(on !== undefined && { volunteer: on }),
    ...(cores !== undefined && { cores }),
    ...(disk !== undefined && { storeBytes: disk }),
    ...(lend.length > 0 && { lend: { ...old, ...Object.fromEntries(lend) } }),
  }
}

function readOne(key: string, text: string): object {
  const property = PROPERTIES.find((one) => FIELDS[one].key === key)
  if (property === undefined) {
    throw new HitherError('usage', `there is no setting "${key}"`, {
      fix: `these are: ${PROPERTIES.map((one) => FIELDS[one].key).join(', ')}`,
    })
  }
  const value = FIELDS[property].read(text)
  if (value !== undefined) return { [property]: value }
  throw new HitherError('usage', `${key} cannot be "${text}"`, { fix: `it takes ${FIELDS[property].takes}` })
}

/** Undefined where one of them can be none. */
function readLabels(text: string): string[] | undefined {
  if (text === 'none') return []
  const labels = [...new Set(text.split(',').map((label) => label.trim()))]
  return labels.length <= LABELS_MAX && labels.every((label) => LABEL_PATTERN.test(label)) ? labels : undefined
}

function choice<const T extends string>(key: string, values: readonly T[]): Field<T> {
  return {
    key,
    takes: values.join(' or '),
    read: (text) => values.find((value) => value === text),
    show: (value) => value,
  }
}

const UNITS = { MB, GB: 1024 * MB, TB: 1024 * 1024 * MB } as const

/** `none` stands for 0. */
function size(key: string, none: string | undefined): Field<number> {
  return {
    key,
    takes: `${none === undefined ? '' : `${none}, or `}an amount such as 512MB or 2GB`,
    read(text) {
      if (text === none) return 0
      const [, number, unit] = /^(\d{1,6})(MB|GB|TB)$/i.exec(text) ?? []
      const bytes = Number(number) * UNITS[unit?.toUpperCase() as keyof typeof UNITS]
      return bytes > 0 && bytes <= 2 ** 50 ? bytes : undefined
    },
    show(bytes) {
      if (bytes === 0 && none !== undefined) return none
      const unit = (['TB', 'GB'] as const).find((one) => bytes >= UNITS[one] && bytes % UNITS[one] === 0) ?? 'MB'
      return `${Math.round(bytes / UNITS[unit])}${unit}`
    },
  }
}

function wholeFrom(shape: RegExp, text: string, unit = 1): number | undefined {
  const number = Number(shape.exec(text)?.[1])
  return number > 0 && number <= 1024 ? number * unit : undefined
}
