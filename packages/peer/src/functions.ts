import {
  decodeCid,
  HitherError,
  linksOf,
  readManifest,
  type Blocks,
  type CID,
  type Links,
  type Manifest,
  type Options,
  type PeerId,
} from '@hither/core'
import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import { BLOCK_QUERY_MS, BLOCK_QUERY_PEERS, MANIFESTS_MAX } from './limits.ts'
import { nearest, within } from './network.ts'

/** Functions by CID: from the store, else from peers, verified either way. */
export interface Functions {
  /** Undefined where it is not on this machine. */
  local(cid: CID): Promise<Manifest | undefined>
  /** Throws `unknown-function` or `bad-manifest`. */
  manifest(cid: CID, options?: FetchOptions): Promise<Manifest>
  /** The bundle's text. Throws `unknown-function`. */
  code(manifest: Manifest, options?: FetchOptions): Promise<string>
  /** Brings every block of a function here. Throws `unknown-function`, `store-full`. */
  keep(cid: CID, options?: FetchOptions): Promise<void>
}

interface FetchOptions extends Options {
  /** Who probably has it, and is asked first. */
  from?: PeerId
}

export interface FunctionsComponents {
  blocks: Blocks
  links: Links
  log: Logger
}

export function functions({ blocks, links, log }: FunctionsComponents): Functions {
  /** One fetch per block, however many calls wait for it. */
  const fetching = new Map<string, Promise<Uint8Array>>()
  /** Manifests never change: what was read once need not be read for every call. */
  const manifests = new LRUCache<string, Manifest>({ max: MANIFESTS_MAX })

  async function block(cid: CID, options: FetchOptions): Promise<Uint8Array> {
    const here = await blocks.get(cid)
    if (here !== undefined) return here
    const key = cid.toString()
    const fetch = fetching.get(key) ?? fetchBlock(cid, options).finally(() => fetching.delete(key))
    fetching.set(key, fetch)
    return fetch
  }

  async function fetchBlock(cid: CID, { from, signal }: FetchOptions): Promise<Uint8Array> {
    const others = nearest(links, BLOCK_QUERY_PEERS, from).map(({ peer }) => peer)
    const asked = from === undefined || from === links.self ? others : [from, ...others]
    for (const peer of asked) {
      signal?.throwIfAborted()
      const bytes = await ask(peer, cid, signal)
      if (bytes === undefined) continue
      await blocks.put(cid, bytes)
      return bytes
    }
    throw new HitherError('unknown-function', `nobody here has the block ${cid.toString()}`, {
      why: asked.length === 0 ? 'no other peer is connected' : `${asked.length} peers were asked`,
    })
  }

  /** A peer that fails or lies is as good as one that does not have it: the next is asked. */
  async function ask(peer: PeerId, cid: CID, signal: AbortSignal | undefined): Promise<Uint8Array | undefined> {
    try {
      return await links.block(peer, cid, { signal: within(BLOCK_QUERY_MS, signal) })
    } catch (error) {
      log.warn({ peer, cid: cid.toString(), err: error }, 'a peer could not give a block')
      return undefined
    }
  }

  function remember(cid: CID, bytes: Uint8Array): Manifest {
    const read = readManifest(bytes)
    manifests.set(cid.toString(), read)
    return read
  }

  async function manifest(cid: CID, options: FetchOptions = {}): Promise<Manifest> {
    return manifests.get(cid.toString()) ?? remember(cid, await block(cid, options))
  }

  return {
    async local(cid) {
      const known = manifests.get(cid.toString())
      if (known !== undefined) return known
      const bytes = await blocks.get(cid)
      return bytes === undefined ? undefined : remember(cid, bytes)
    },
    manifest,
    async code({ bundle }, options = {}) {
      return new TextDecoder('utf-8', { fatal: true }).decode(await block(decodeCid(bundle.bytes), options))
    },
    async keep(cid, options = {}) {
      // The block itself, not a manifest remembered from one that has been evicted since.
      const linked = linksOf(readManifest(await block(cid, options)))
      for (const link of linked) await block(decodeCid(link.bytes), options)
    },
  }
}
