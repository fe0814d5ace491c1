import {
  checkName,
  signRecord,
  toHitherError,
  type Blocks,
  type Built,
  type Bundler,
  type Clock,
  type DeployProgress,
  type Links,
  type NameRecord,
  type Names,
  type Options,
  type PeerId,
  type Signer,
} from '@hither/core'
import type { Deployed, DeployParams } from './api.ts'
import { ANNOUNCE_MS, ANNOUNCE_PEERS, REPLICAS_WANTED } from './limits.ts'
import { nearest, waitForLinks, within, type Joining } from './network.ts'
import type { Resolver } from './resolve.ts'

export interface DeployComponents {
  bundler: Bundler
  blocks: Blocks
  names: Names
  links: Links
  joining: Joining
  resolver: Resolver
  signer: Signer
  now: Clock
  /** Ms since 1970: what a record tells people about when it was signed. */
  wallClock: Clock
}

/**
 * The life of a deploy:
 *
 * 1. the handler is built: until that has worked, nothing is stored or moved;
 * 2. its blocks are stored here, pinned;
 * 3. the name's next record is signed and kept;
 * 4. the record is announced, and whoever admits the publisher fetches the blocks, so that the deployer can leave.
 */
export async function deploy(
  on: DeployComponents,
  params: DeployParams,
  options: Options<DeployProgress> = {},
): Promise<Deployed> {
  const startedAt = on.now()
  const onProgress = options.onProgress ?? (() => {})

  const built = await on.bundler.build(params.entry, options)
  const name = checkName(params.name ?? built.name)

  for (const { cid, bytes } of built.blocks) await on.blocks.put(cid, bytes, { pin: true })
  onProgress({ type: 'deploy:stored', cid: built.cid.toString(), blocks: built.blocks.length })

  const { record, moved } = await moveName(on, name, built, params.message ?? '', options)
  onProgress({ type: 'deploy:named', name: `${record.publisher}/${name}`, sequence: record.sequence })

  const spread = await announce(on, record, options)
  return {
    name: `${record.publisher}/${name}`,
    cid: built.cid.toString(),
    sequence: record.sequence,
    moved,
    bundleBytes: built.blocks.find(({ cid }) => cid.equals(built.manifest.bundle))?.bytes.length ?? 0,
    ...spread,
    warnings: built.warnings,
    ms: on.now() - startedAt,
  }
}

/** Signs the next record, after a look for one signed elsewhere with the same key; none where the name is there already. */
async function moveName(
  on: DeployComponents,
  name: string,
  { cid }: Built,
  message: string,
  { signal }: Options<DeployProgress>,
): Promise<{ record: NameRecord; moved: boolean }> {
  const { publisher } = on.signer
  await waitForLinks(on.links, () => on.links.list()[0], on.joining.leftMs(), { ...(signal && { signal }) })
  await on.resolver.refresh(publisher, name, { ...(signal && { signal }) })

  const current = on.names.get(publisher, name)
  if (current?.cid?.equals(cid)) return { record: current, moved: false }
  const record = await signRecord(on.signer, {
    name,
    sequence: (current?.sequence ?? 0) + 1,
    cid,
    time: Math.round(on.wallClock()),
    message,
    prev: current?.id ?? null,
  })
  await on.names.put(record)
  return { record, moved: true }
}

/** Tells the nearest peers; each that admits the publisher has the function before it answers. */
async function announce(
  on: DeployComponents,
  record: NameRecord,
  { signal, onProgress = () => {} }: Options<DeployProgress>,
): Promise<Pick<Deployed, 'keptBy' | 'notKeptBy'>> {
  // Links come up one by one: a deployer that has just joined waits for a second holder to appear, but not for long.
  const enough = (): true | undefined => (on.links.list().length >= REPLICAS_WANTED ? true : undefined)
  if (on.links.list().length > 0)
    await waitForLinks(on.links, enough, on.joining.leftMs(), { ...(signal && { signal }) })

  const keptBy: PeerId[] = []
  const notKeptBy: Deployed['notKeptBy'] = []
  const tell = async (peer: PeerId): Promise<void> => {
    try {
      const { kept } = await on.links.announce(peer, record.bytes, { signal: within(ANNOUNCE_MS, signal) })
      onProgress({ type: 'deploy:pushed', peer, kept })
      if (kept) keptBy.push(peer)
    } catch (thrown) {
      const { code, message } = toHitherError(thrown)
      onProgress({ type: 'deploy:push-failed', peer, code, message })
      notKeptBy.push({ peer, code, message })
    }
  }
  await Promise.all(nearest(on.links, ANNOUNCE_PEERS).map(({ peer }) => tell(peer)))
  signal?.throwIfAborted()
  return { keptBy, notKeptBy }
}
