import type { Home, PeerApi } from '@hither/peer'
import type { Output } from './terminal/output.ts'

/** One option of a verb. Every option may be given once unless `multiple`. */
export interface OptionSpec {
  type: 'string' | 'boolean'
  short?: string
  multiple?: boolean
  /** What stands for its value in the help. */
  value?: string
  help: string
}

export type OptionValues = Record<string, string | boolean | string[] | undefined>

/** What a verb gets to work with. */
export interface Context {
  args: string[]
  options: OptionValues
  home: Home
  out: Output
  /** Fires at the first Ctrl-C. */
  signal: AbortSignal
  /** This machine's running peer, else one that joins for the length of the command. */
  session: (wants?: { bundler?: boolean }) => Promise<PeerApi>
}

/** One command of `fn`: a file each in `verbs/`. */
export interface Verb {
  /** What follows `fn`, as `deploy [ENTRY]`. */
  usage: string
  summary: string
  options: Record<string, OptionSpec>
  /** It ends in good order at the first Ctrl-C; other verbs are simply left. */
  stopsItself?: boolean
  run(context: Context): Promise<void>
}
