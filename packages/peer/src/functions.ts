import {
  decodeCid,
  HitherError,
  linksOf,
  parseCid,
  readManifest,
  within,
  type Block,
  type Blocks,
  type CID,
  type Clock,
  type Kit,
  type Links,
  type Manifest,
  type Options,
  type PeerId,
} from '@hither/core'
import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import { blockFetch, type BlockFetch, type BlockFetchComponents } from './block-fetch.ts'
import { blockMoves } from './block-moves.ts'
import {
  ABSENT_MS,
  BUNDLE_KEPT_MAX_BYTES,
  BUNDLES_KEPT_MAX_BYTES,
  MANIFESTS_MAX,
  MANIFESTS_MAX_BYTES,
} from './limits/functions.ts'

/** Functions by CID: from the store, else from peers, verified either way. */
export interface Functions {
  /** Undefined where it is not on this machine, or came within the last ABSENT_MS. At once where it was asked for before. */
  local(cid: CID): Manifest | undefined | Promise<Manifest | undefined>
  /** Throws `unknown-function` or `bad-manifest`. */
  manifest(cid: CID, options?: FetchOptions): Promise<Manifest>
  /** Knows what of it was just stored here: it is likely to be called before long. */
  learn(cid: CID, blocks: readonly Block[]): void
  /** Takes what a peer gave of a function, as if it had been asked for. */
  take(cid: CID, kit: Kit): void
  /** At once where it was asked for lately. Throws `unknown-function`. */
  bundle(manifest: Manifest, options?: FetchOptions): Uint8Array | Promise<Uint8Array>
  /** The bundle, where it is in memory. */
  bundleAtHand(manifest: Manifest): Uint8Array | undefined
  /** How long the bundle is, in bytes; undefined where it is not on this machine. At once where it was asked for before. */
  bundleBytes(manifest: Manifest): number | undefined | Promise<number | undefined>
  /** The source map's text; undefined where it has none. Throws `unknown-function`. */
  map(manifest: Manifest, options?: FetchOptions): Promise<string | undefined>
  /** Brings every block of a function here, pinned if so wished. Throws `unknown-function`, `store-full`. */
  keep(cid: CID, options?: FetchOptions & { pin?: boolean }): Promise<void>
  /** Resolves when all blocks that came are on the disk, or cannot be kept: no call waits for that, but a peer that stops does. */
  settled(): Promise<void>
}

interface FetchOptions extends Options {
  /** Who probably has it, and is asked first. */
  from?: PeerId
  /** How long peers may take for it, in ms. */
  withinMs?: number
}

type Ask = BlockFetchComponents['ask']

export interface FunctionsComponents {
  blocks: Blocks
  links: Links
  now: Clock
  log: Logger
}

export function functions({ blocks, links, now, log }: FunctionsComponents): Functions {
  /** One search per block, however many calls wait for it. */
  const fetching = new Map<string, BlockFetch>()
  /** Manifests never change: what was read once need not be read for every call. */
  const manifests = new LRUCache<string, Manifest>({ max: MANIFESTS_MAX, maxSize: MANIFESTS_MAX_BYTES })

  /** Whoever only calls has none of them, and must not look on the disk for each call. */
  const absent = new LRUCache<string, true>({ max: MANIFESTS_MAX, ttl: ABSENT_MS, perf: { now }, ttlResolution: 0 })
  /** Of bundles, in bytes: asked for at each call. */
  const sizes = new LRUCache<string, number | Promise<number | undefined>>({ max: MANIFESTS_MAX })

  /** Bundles that were read last: one that a runner drops is often called again, and several functions can have the same. */
  const bundles = new LRUCache<string, Uint8Array>({
    maxSize: BUNDLES_KEPT_MAX_BYTES,
    maxEntrySize: BUNDLE_KEPT_MAX_BYTES,
    sizeCalculation: ({ length }) => length + 1,
  })
  const moves = blockMoves({ blocks, log })

  async function fetch(cid: CID, { from, signal, withinMs }: FetchOptions, ask: Ask | undefined): Promise<Uint8Array> {
    const key = cid.toString()
    const end = (): void => void fetching.delete(key)
    const search = fetching.get(key) ?? blockFetch(cid, { links, log, onEnd: end, ...(ask && { ask }) })
    fetching.set(key, search)
    using ends = withinMs === undefined ? undefined : within(withinMs, signal)
    const until = ends?.signal ?? signal
    const bytes = await search.wait({ ...(from && { from }), ...(until && { signal: until }) })
    if (bytes !== undefined) return bytes
    throw new HitherError('unknown-function', `nobody here has the block ${key}`, {
      why: `${links.list().length} connected peers were asked`,
    })
  }

  /** A call does not wait until a block is kept here, and can do with one that cannot be. */
  async function block(cid: CID, options: FetchOptions, ask?: Ask): Promise<Uint8Array> {
    const here = await moves.fromDisk(cid)
    if (here !== undefined) return here
    const bytes = await fetch(cid, options, ask)
    moves.toDisk(cid, bytes)
    return bytes
  }

  /** A manifest brings the bundle with it. */
  async function askForKit(cid: CID, peer: PeerId, options: Options): Promise<Uint8Array | undefined> {
    const kit = await links.kit(peer, cid, undefined, options)
    take(cid, kit)
    return kit.manifest
  }

  function take(cid: CID, { manifest, bundle }: Kit): void {
    if (manifest === undefined) return
    moves.toDisk(cid, manifest)
    if (bundle === undefined) return
    const key = decodeCid(remember(cid, manifest).bundle.bytes)
    moves.toDisk(key, bundle)
    keepBundle(key.toString(), bundle)
  }

  async function readBundle(cid: CID, options: FetchOptions): Promise<Uint8Array> {
    return keepBundle(cid.toString(), await block(cid, options))
  }

  function keepBundle(key: string, bytes: Uint8Array): Uint8Array {
    bundles.set(key, bytes)
    return bytes
  }

  async function keepBlock(
    cid: CID,
    { pin = false, ...options }: FetchOptions & { pin?: boolean },
  ): Promise<Uint8Array> {
    const here = await blocks.get(cid)
    if (here !== undefined && !pin) return here
    const bytes = here ?? (await fetch(cid, options, undefined))
    await blocks.put(cid, bytes, { pin })
    return bytes
  }

  function remember(cid: CID, bytes: Uint8Array): Manifest {
    const read = readManifest(bytes)
    manifests.set(cid.toString(), read, { size: bytes.length })
    absent.delete(cid.toString())
    return read
  }

  async function look(cid: CID): Promise<Manifest | undefined> {
    const bytes = await moves.fromDisk(cid)
    if (bytes !== undefined) return remember(cid, bytes)
    absent.set(cid.toString(), true)
    return undefined
  }

  /** One look for all that ask at once. */
  function measure(cid: CID, key: string): Promise<number | undefined> {
    const size = blocks.size(cid).then(
      (bytes) => {
        if (bytes === undefined) {
          absent.set(key, true)
          sizes.delete(key)
        } else sizes.set(key, bytes)
        return bytes
      },
      (error: unknown) => {
        sizes.delete(key)
        throw error
      },
    )
    sizes.set(key, size)
    return size
  }

  return {
    local(cid) {
      const key = cid.toString()
      const known = manifests.get(key)
      return known !== undefined || absent.has(key) ? known : look(cid)
    },
    async manifest(cid, options = {}) {
      return (
        manifests.get(cid.toString()) ??
        remember(cid, await block(cid, options, (peer, asked) => askForKit(cid, peer, asked)))
      )
    },
    take,
    learn(cid, stored) {
      // Whoever calls it by its CID is understood at once.
      parseCid(cid.toString())
      const bytesOf = (wanted: CID): Uint8Array | undefined => stored.find((one) => one.cid.equals(wanted))?.bytes
      const manifest = bytesOf(cid)
      if (manifest === undefined) return
      const bundle = decodeCid(remember(cid, manifest).bundle.bytes)
      const bytes = bytesOf(bundle)
      if (bytes === undefined) return
      sizes.set(bundle.toString(), bytes.length)
      keepBundle(bundle.toString(), bytes)
    },
    bundle({ bundle }, options = {}) {
      const cid = decodeCid(bundle.bytes)
      return bundles.get(cid.toString()) ?? readBundle(cid, options)
    },
    bundleAtHand: ({ bundle }) => bundles.get(decodeCid(bundle.bytes).toString()),
    bundleBytes({ bundle }) {
      const cid = decodeCid(bundle.bytes)
      const key = cid.toString()
      const known = sizes.get(key)
      return known !== undefined || absent.has(key) ? known : measure(cid, key)
    },
    async map({ map }, options = {}) {
      return map === undefined ? undefined : textOf(await block(decodeCid(map.bytes), options))
    },
    async keep(cid, options = {}) {
      const linked = linksOf(remember(cid, await keepBlock(cid, options)))
      for (const link of linked) await keepBlock(decodeCid(link.bytes), options)
    },
    settled: () => moves.settled(),
  }
}

/** What a bundle or a source map says. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
}
