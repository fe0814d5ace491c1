import type { NameRecord, Names, Standing } from '@hither/core'

/** What is known here of a name's newest record. */
export function standing(names: Names, record: NameRecord, wallNow: number): Omit<Standing, 'unconfirmed'> {
  const { publisher, name, sequence } = record
  return {
    sequence,
    // A clock that was set back must not make a record younger than new.
    confirmedAgoMs: Math.max(0, Math.round(wallNow - (names.confirmedAt(publisher, name) ?? 0))),
    forked: isForked(names, record),
  }
}

/** Whether its publisher signed another record with the same sequence; signing a higher one settles it. */
export function isForked(names: Names, { publisher, name, sequence }: NameRecord): boolean {
  return names.forks(publisher, name).some((fork) => fork.sequence === sequence)
}
