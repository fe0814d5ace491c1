import type { DeployProgress, NameRecord, Options } from '@hither/core'
import { announce, type AnnounceComponents, type Spread } from './announce.ts'
import { moveName, type Move, type NamingComponents } from './move-name.ts'
import type { OwnNames } from './own-name.ts'
import { settlePins, type PinsComponents } from './pins.ts'

export interface PublishComponents extends NamingComponents, PinsComponents, AnnounceComponents, OwnNames {}

export interface Published<M extends Move> extends Spread {
  record: NameRecord
  /** False where the name was there already: then the record is only announced again. */
  moved: boolean
  move: M
}

/** What a deploy, a rollback and a removal have in common: the name moves, blocks follow, and peers are told. */
export async function publish<M extends Move>(
  on: PublishComponents,
  name: string,
  decide: (current: NameRecord | undefined) => Promise<M>,
  options: Options<DeployProgress>,
): Promise<Published<M>> {
  const named = await moveName(on, name, decide, options)
  const { record } = named
  await settlePins(on, record)
  options.onProgress?.({ type: 'deploy:named', name: `${record.publisher}/${name}`, sequence: record.sequence })
  return { ...named, ...(await announce(on, record, options)) }
}
