import type { Standing } from '@hither/core'
import { ago } from './words.ts'

/** What speaks against relying on a name's record; mostly nothing. */
export function doubts({ sequence, confirmedAgoMs, unconfirmed, forked }: Standing): string[] {
  return [
    ...(unconfirmed
      ? [`no peer confirmed the name: record ${sequence} was last confirmed ${ago(confirmedAgoMs)}`]
      : []),
    ...(forked ? [`the name is forked: its publisher signed two records ${sequence} (fn log tells more)`] : []),
  ]
}
