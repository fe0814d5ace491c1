import { randomBytes } from 'node:crypto'
import {
  parsePublisher,
  SEED_BYTES,
  type Blocks,
  type Bundler,
  type Clock,
  type Links,
  type Names,
  type Placement,
  type Runner,
  type Signer,
} from '@hither/core'
import { router } from '@hither/router'
import { diskBlocks, diskNames } from '@hither/store'
import type { Logger } from 'pino'
import { loadAdmission, type Admission } from './admission.ts'
import { functions, type Functions } from './functions.ts'
import { loadAliases, type Aliases } from './home/aliases.ts'
import { loadKey } from './home/keys.ts'
import { makeHome } from './home/paths.ts'
import { joining, type Joining } from './network.ts'
import type { PeerComponents, PeerInit } from './init.ts'
import { peerSigner, type PeerSign } from './peer-signer.ts'
import { keptReceipts, type KeptReceipts } from './receipts.ts'
import { resolver, type Resolver } from './resolve.ts'

/** What a peer is made of. */
export interface Parts {
  signer: Signer
  peerSign: PeerSign
  receipts: KeptReceipts
  aliases: Aliases
  admission: Admission
  blocks: Blocks
  names: Names
  links: Links
  placement: Placement
  functions: Functions
  resolver: Resolver
  runner: Runner | undefined
  bundler: Bundler | undefined
  log: Logger
  joining: Joining
  now: Clock
  /** Ms since 1970. */
  wallClock: Clock
}

/** Opens a peer's files and puts its parts together. Nothing touches the network. */
export async function openParts(init: PeerInit, { log, runner, bundler }: PeerComponents): Promise<Parts> {
  const { home, listen, announce, mdns, trust, anyone } = init
  const now = (): number => performance.now()
  const joins = joining(now)
  await makeHome(home)
  const { signer } = await loadKey(home.publisherKey)
  const seed = init.lasting ? (await loadKey(home.peerKey)).seed : Uint8Array.from(randomBytes(SEED_BYTES))
  const self = signer.publisher
  const aliases = await loadAliases(home.aliases)
  const blocks = await diskBlocks({ dir: home.blocks, capBytes: init.storeBytes })
  const names = await diskNames({ dir: home.names, own: self })
  // libp2p takes longer to load than all the rest; who only speaks to a running peer never comes here.
  const { net } = await import('@hither/net')
  const links = net({ listen, announce, mdns })({ seed, now, log: (text) => log.debug(text) })
  const admission = await loadAdmission({
    path: home.trust,
    self: { publisher: self, peer: links.self },
    also: trust.map((key) => parsePublisher(key, aliases.byName)),
    anyone,
    ...(init.network !== undefined && { network: init.network }),
  })
  return {
    signer,
    peerSign: await peerSigner(seed),
    receipts: keptReceipts({ path: home.receipts, wallClock: Date.now, log }),
    aliases,
    admission,
    blocks,
    names,
    links,
    placement: router()({ random: Math.random }),
    functions: functions({ blocks, links, log }),
    resolver: resolver({ self, aliases: aliases.byName, names, links, joining: joins, now, wallClock: Date.now, log }),
    joining: joins,
    runner,
    bundler,
    log,
    now,
    wallClock: Date.now,
  }
}
