import {
  checkMessage,
  checkName,
  signRecord,
  toHitherError,
  type Blocks,
  type Built,
  type Bundler,
  type Clock,
  type DeployProgress,
  type Link,
  type Links,
  type NameRecord,
  type Names,
  type Options,
  type PeerId,
  type Signer,
} from '@hither/core'
import type { Deployed, DeployParams } from './api.ts'
import { ANNOUNCE_MS, ANNOUNCE_PEERS, ANNOUNCE_PEERS_MAX, REPLICAS_WANTED } from './limits.ts'
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
  /** Runs after whatever runs already for this name: two deploys of one name must not sign the same sequence. */
  oneAtATime<T>(name: string, run: () => Promise<T>): Promise<T>
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
  const message = checkMessage(params.message ?? '')
  if (params.name !== undefined) checkName(params.name)

  const built = await on.bundler.build(params.entry, options)
  const name = checkName(params.name ?? built.name)

  for (const { cid, bytes } of built.blocks) await on.blocks.put(cid, bytes, { pin: true })
  onProgress({ type: 'deploy:stored', cid: built.cid.toString(), blocks: built.blocks.length })

  const { record, moved } = await on.oneAtATime(name, () => moveName(on, name, built, message, options))
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
  const options = signal === undefined ? {} : { signal }
  await waitForLinks(on.links, () => on.links.list()[0], on.joining.leftMs(), options)
  await Promise.all([on.names.refresh(), on.resolver.refresh(publisher, name, options)])

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

/**
 * Tells the nearest peers, runners first; each that admits the publisher has the function before it answers. In the first
 * moments online, when links come up one by one, it goes on until enough of them hold it.
 */
async function announce(
  { links, joining }: DeployComponents,
  record: NameRecord,
  { signal, onProgress = () => {} }: Options<DeployProgress>,
): Promise<Pick<Deployed, 'keptBy' | 'notKeptBy'>> {
  const told = new Set<PeerId>()
  const keptBy: PeerId[] = []
  const notKeptBy: Deployed['notKeptBy'] = []

  const tell = async (peer: PeerId): Promise<void> => {
    told.add(peer)
    try {
      const { kept } = await links.announce(peer, record.bytes, { signal: within(ANNOUNCE_MS, signal) })
      onProgress({ type: 'deploy:pushed', peer, kept })
      if (kept) keptBy.push(peer)
    } catch (thrown) {
      const { code, message } = toHitherError(thrown)
      onProgress({ type: 'deploy:push-failed', peer, code, message })
      notKeptBy.push({ peer, code, message })
    }
  }
  const untold = (): Link[] | undefined => {
    const all = nearest(links, Infinity).filter(({ peer }) => !told.has(peer))
    const runnersFirst = [...all.filter(({ state }) => state), ...all.filter(({ state }) => !state)]
    return all.length > 0 ? runnersFirst.slice(0, ANNOUNCE_PEERS) : undefined
  }

  while (keptBy.length < REPLICAS_WANTED && told.size < ANNOUNCE_PEERS_MAX) {
    const peers = await waitForLinks(links, untold, joining.leftMs(), signal === undefined ? {} : { signal })
    if (peers === undefined) break
    await Promise.all(peers.map(({ peer }) => tell(peer)))
    signal?.throwIfAborted()
  }
  return { keptBy, notKeptBy }
}
