import type { FigureId } from './bars.ts'

/** What a figure or a measure is compared with: measured in the same run. */
export interface Reference {
  name: string
  value: number
}

/** A figure as a topic found it. */
export interface Found {
  id: FigureId
  value: number
  reference?: Reference
}

/** Whatever else was measured. */
export interface Measure {
  /** Unique in the report. */
  id: string
  topic: string
  /** What was measured, in words. */
  what: string
  value: number
  unit: string
  reference?: Reference
}

/** A row of what is to be reached, and where it stands. Nothing of it is a number where `why` says why it was not measured. */
export interface Figure {
  id: FigureId
  what: string
  value: number | null
  unit: string
  reference: Reference | null
  /** The value over its reference's; null where it is judged by itself. */
  ratio: number | null
  /** What the bar is for: the ratio, or the value. */
  judged: 'ratio' | 'value'
  better: 'lower' | 'higher'
  bar: number
  dream: number
  met: boolean | null
  why?: string
}

export interface Machine {
  cpu: string
  cores: number
  memoryGb: number
  node: string
  /** The tier of the jail in which hither ran. */
  jail: string
  /** Versions of what it was compared with. */
  references: Record<string, string>
  /** The load average of the last minute before the start. */
  loadAtStart: number
  /** The share of the processors' time that others took at the start, of 0 to 1; where the system says it. */
  othersAtStart?: number
  /** What was measured, and whether files of it had been changed since; where git says it. */
  commit?: string
  changed?: boolean
}

export interface Report {
  machine: Machine
  /** Of each comparison, its ways taking turns. */
  rounds: number
  quick: boolean
  seconds: number
  figures: Figure[]
  measures: Measure[]
  /** Topics that were left out, or broke, and why. */
  missing: { topic: string; why: string }[]
}
