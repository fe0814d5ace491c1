import type { Random } from '@hither/core'
import type { AtEnd } from '../measure/at-end.ts'
import type { Found, Measure } from '../report/report.ts'

/** What a topic has to measure with. */
export interface Bench {
  /** Of each comparison; at least five. */
  rounds: number
  /** Little time: fewer cases, shorter rounds. The figures come all the same. */
  quick: boolean
  random: Random
  /** Holds for the topic: whatever it starts is ended by it. */
  atEnd: AtEnd
  /** Tells whoever waits what is being done. */
  note: (text: string) => void
  /** Where what is committed beside the table goes, such as plots; undefined of a run that is not to be committed. */
  results: string | undefined
}

/** What a topic found. A figure that is missing here stands in the report with `why`. */
export interface Findings {
  figures: Found[]
  measures: Omit<Measure, 'topic'>[]
  why?: string
}

/** One file in this folder, which exports it as `topic`: measures one thing that the report tells. */
export interface Topic {
  run(bench: Bench): Promise<Findings>
}
