import { checkMessage, type Clock, type DeployProgress, type NameRecord, type Options } from '@hither/core'
import type { Removed, RemoveParams } from './names-api.ts'
import type { Move } from './move-name.ts'
import { neverDeployed, ownName } from './own-name.ts'
import { publish, type PublishComponents } from './publish.ts'

export interface RemoveComponents extends PublishComponents {
  now: Clock
}

/**
 * Signs a record that points nowhere, and tells it: who knows it resolves the name no more, and runs nothing on its account.
 * A name that is removed already is only announced again, for peers that missed it.
 */
export async function remove(
  on: RemoveComponents,
  params: RemoveParams,
  options: Options<DeployProgress> = {},
): Promise<Removed> {
  const startedAt = on.now()
  const name = ownName(params.name, 'remove', on)
  const message = checkMessage(params.message ?? '')

  const decide = async (current: NameRecord | undefined): Promise<Move & { was: NameRecord }> => {
    if (current === undefined) throw neverDeployed(name)
    return { cid: null, message, was: current }
  }
  const { record, moved, move, toldTo, notTaken } = await publish(on, name, decide, options)
  return {
    name: `${record.publisher}/${name}`,
    sequence: record.sequence,
    moved,
    cid: move.was.cid?.toString() ?? null,
    message: record.message,
    toldTo,
    notToldTo: notTaken,
    ms: on.now() - startedAt,
  }
}
