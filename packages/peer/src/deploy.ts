import {
  checkMessage,
  checkName,
  type Bundler,
  type CID,
  type Clock,
  type DeployProgress,
  type Options,
} from '@hither/core'
import type { Deployed, DeployParams } from './api.ts'
import type { Move } from './move-name.ts'
import { ownName } from './own-name.ts'
import { namedOrLetGo } from './pins.ts'
import { publish, type PublishComponents } from './publish.ts'
import { missingSecrets, type MissingComponents } from './secrets/missing.ts'

export interface DeployComponents extends PublishComponents, MissingComponents {
  bundler: Bundler
  now: Clock
}

/**
 * The life of a deploy:
 *
 * 1. the handler is built: until that has worked, nothing is stored or moved;
 * 2. its blocks are stored here, pinned until it turns out that no name needs them;
 * 3. the name's next record is signed and kept;
 * 4. the record is announced, and whoever admits the publisher fetches the blocks, so that the deployer can leave.
 */
export async function deploy(
  on: DeployComponents,
  params: DeployParams,
  options: Options<DeployProgress> = {},
): Promise<Deployed> {
  const startedAt = on.now()
  const message = checkMessage(params.message ?? '')
  const wished = params.name === undefined ? undefined : ownName(params.name, 'deploy', on)

  const built = await on.bundler.build(params.entry, { ...options, ...(wished !== undefined && { name: wished }) })
  const name = wished ?? checkName(built.name)

  const decide = async (): Promise<Move> => ({ cid: built.cid, message })
  const pinned = (): CID[] => built.blocks.map(({ cid }) => cid)
  const { record, moved, keptBy, notTaken } = await namedOrLetGo(on, on.signer.publisher, pinned, async () => {
    for (const { cid, bytes } of built.blocks) await on.blocks.put(cid, bytes, { pin: true })
    on.functions.learn(built.cid, built.blocks)
    options.onProgress?.({ type: 'deploy:stored', cid: built.cid.toString(), blocks: built.blocks.length })
    return publish(on, name, decide, options)
  })
  return {
    name: `${record.publisher}/${name}`,
    cid: built.cid.toString(),
    sequence: record.sequence,
    moved,
    bundleBytes: built.blocks.find(({ cid }) => cid.equals(built.manifest.bundle))?.bytes.length ?? 0,
    keptBy,
    notKeptBy: notTaken,
    warnings: [...built.warnings, ...(await missingSecrets(on, name, built.manifest))],
    ms: on.now() - startedAt,
  }
}
