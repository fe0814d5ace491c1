import {
  decodeCid,
  HitherError,
  linksOf,
  readManifest,
  type Blocks,
  type CID,
  type Clock,
  type Links,
  type Manifest,
  type Options,
  type PeerId,
} from '@hither/core'
import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import { blockFetch, type BlockFetch } from './block-fetch.ts'
import { ABSENT_MS, BUNDLE_KEPT_MAX_BYTES, BUNDLES_KEPT_MAX_BYTES, MANIFESTS_MAX } from './limits.ts'

/** Functions by CID: from the store, else from peers, verified either way. */
export interface Functions {
  /** Undefined where it is not on this machine, or came within the last ABSENT_MS. At once where it was asked for before. */
  local(cid: CID): Manifest | undefined | Promise<Manifest | undefined>
  /** Throws `unknown-function` or `bad-manifest`. */
  manifest(cid: CID, options?: FetchOptions): Promise<Manifest>
  /** Throws `unknown-function`. */
  bundle(manifest: Manifest, options?: FetchOptions): Promise<Uint8Array>
  /** How long the bundle is, in bytes; undefined where it is not on this machine. At once where it was asked for before. */
  bundleBytes(manifest: Manifest): number | undefined | Promise<number | undefined>
  /** The source map's text; undefined where it has none. Throws `unknown-function`. */
  map(manifest: Manifest, options?: FetchOptions): Promise<string | undefined>
  /** Brings every block of a function here, pinned if so wished. Throws `unknown-function`, `store-full`. */
  keep(cid: CID, options?: FetchOptions & { pin?: boolean }): Promise<void>
}

interface FetchOptions extends Options {
  /** Who probably has it, and is asked first. */
  from?: PeerId
}

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
  const manifests = new LRUCache<string, Manifest>({ max: MANIFESTS_MAX })

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
  /** Blocks on their way from the disk, or to it. Many calls at once of one that is not warm must not hold as many copies of it. */
  const moving = new Map<string, Promise<Uint8Array | undefined>>()

  async function fetch(cid: CID, options: FetchOptions): Promise<Uint8Array> {
    const key = cid.toString()
    const search = fetching.get(key) ?? blockFetch(cid, { links, log, onEnd: () => fetching.delete(key) })
    fetching.set(key, search)
    const bytes = await search.wait(options)
    if (bytes !== undefined) return bytes
    throw new HitherError('unknown-function', `nobody here has the block ${key}`, {
      why: `${links.list().length} connected peers were asked`,
    })
  }

  /** A call does not wait until a block is kept here, and can do with one that cannot be. */
  async function block(cid: CID, options: FetchOptions): Promise<Uint8Array> {
    const here = await fromDisk(cid)
    if (here !== undefined) return here
    const bytes = await fetch(cid, options)
    const key = cid.toString()
    if (moving.has(key)) return bytes
    moving.set(key, Promise.resolve(bytes))
    void blocks
      .put(cid, bytes)
      .catch((error: unknown) => log.warn({ cid: key, err: error }, 'a block could not be kept'))
      .finally(() => moving.delete(key))
    return bytes
  }

  function fromDisk(cid: CID): Promise<Uint8Array | undefined> {
    const key = cid.toString()
    const known = moving.get(key)
    if (known !== undefined) return known
    const read = blocks.get(cid).finally(() => moving.delete(key))
    moving.set(key, read)
    return read
  }

  async function localBundle(cid: CID): Promise<Uint8Array | undefined> {
    const key = cid.toString()
    return bundles.get(key) ?? keepBundle(key, await fromDisk(cid))
  }

  function keepBundle<Bytes extends Uint8Array | undefined>(key: string, bytes: Bytes): Bytes {
    if (bytes === undefined) return bytes
    bundles.set(key, bytes)
    return bytes
  }

  async function keepBlock(
    cid: CID,
    { pin = false, ...options }: FetchOptions & { pin?: boolean },
  ): Promise<Uint8Array> {
    const here = await blocks.get(cid)
    if (here !== undefined && !pin) return here
    const bytes = here ?? (await fetch(cid, options))
    await blocks.put(cid, bytes, { pin })
    return bytes
  }

  function remember(cid: CID, bytes: Uint8Array): Manifest {
    const read = readManifest(bytes)
    manifests.set(cid.toString(), read)
    absent.delete(cid.toString())
    return read
  }

  async function look(cid: CID): Promise<Manifest | undefined> {
    const bytes = await blocks.get(cid)
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
      return manifests.get(cid.toString()) ?? remember(cid, await block(cid, options))
    },
    async bundle({ bundle }, options = {}) {
      const cid = decodeCid(bundle.bytes)
      return (await localBundle(cid)) ?? keepBundle(cid.toString(), await block(cid, options))
    },
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
  }
}

/** What a bundle or a source map says. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
}
