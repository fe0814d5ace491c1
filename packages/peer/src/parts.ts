import { randomBytes } from 'node:crypto'
import {
  parsePublisher,
  SEED_BYTES,
  signOwner,
  type Blocks,
  type Bundler,
  type Clock,
  type Links,
  type Names,
  type Placement,
  type Runner,
  type Signer,
} from '@hither/core'
import { router, scores, type Scores } from '@hither/router'
import { diskBlocks, diskNames, diskSecrets } from '@hither/store'
import type { Logger } from 'pino'
import { loadAdmission, type Admission } from './admission.ts'
import { waitingRoom, type WaitingRoom } from './call/waiting.ts'
import { functions, type Functions } from './functions.ts'
import { loadAliases, type Aliases } from './home/aliases.ts'
import { loadKey } from './home/keys.ts'
import { loadNetwork, type HomeNetwork } from './home/network.ts'
import { makeHome } from './home/paths.ts'
import { joining, type Joining } from './network.ts'
import type { PeerComponents, PeerInit } from './init.ts'
import { owners, type Owners } from './owners.ts'
import { peerSigner, type PeerSign } from './peer-signer.ts'
import { keptReceipts, type KeptReceipts } from './receipts.ts'
import { secretSpread, type SecretSpread } from './secrets/spread.ts'
import { vault, type Vault } from './secrets/vault.ts'
import { keptStories, type KeptStories } from './stories.ts'
import { resolver, type Resolver } from './resolve.ts'
import { realMachine } from './volunteer/machine.ts'
import { systemTimers, type Timers } from './timers.ts'
import { volunteer, type Volunteer } from './volunteer/volunteer.ts'

/** What a peer is made of. */
export interface Parts {
  signer: Signer
  peerSign: PeerSign
  receipts: KeptReceipts
  stories: KeptStories
  aliases: Aliases
  admission: Admission
  blocks: Blocks
  names: Names
  links: Links
  placement: Placement
  owners: Owners
  /** That this machine is its publisher's, to be shown to whoever asks. */
  ownerStatement: Uint8Array
  functions: Functions
  /** What was pinned when this peer began, as texts, until the first deploy looks through it. */
  pinsFound: string[]
  resolver: Resolver
  runner: Runner | undefined
  volunteer: Volunteer
  bundler: Bundler | undefined
  log: Logger
  joining: Joining
  waiting: WaitingRoom
  timers: Timers
  scores: Scores
  /** Undefined in the open network. */
  network: HomeNetwork | undefined
  secrets: { vault: Vault; spread: SecretSpread }
  now: Clock
  /** Ms since 1970. */
  wallClock: Clock
}

/** Opens a peer's files and puts its parts together. Nothing touches the network. */
export async function openParts(
  init: PeerInit,
  { log, runner, bundler, machine = realMachine }: PeerComponents,
): Promise<Parts> {
  const { home, listen, announce, mdns, trust, anyone } = init
  const now = (): number => performance.now()
  await makeHome(home)
  const { signer, seed: publisherSeed } = await loadKey(home.publisherKey)
  const network = await loadNetwork(home.networkKey)
  const seed = init.lasting ? (await loadKey(home.peerKey)).seed : Uint8Array.from(randomBytes(SEED_BYTES))
  const self = signer.publisher
  const aliases = await loadAliases(home.aliases)
  const blocks = await diskBlocks({ dir: home.blocks, capBytes: init.volunteer.disk })
  const names = await diskNames({ dir: home.names, own: self })
  // libp2p takes longer to load than all the rest; who only speaks to a running peer never comes here.
  const { net } = await import('@hither/net')
  const links = net({ listen, announce, mdns, ...(network !== undefined && { network }) })({
    seed,
    now,
    log: (text) => log.debug(text),
  })
  const placement = router()({ random: Math.random })
  const owned = owners({ links, placement, now, log })
  const joins = joining(now, () => links.rising() + owned.asking())
  const records = await diskSecrets({ dir: home.secrets })
  const admission = await loadAdmission({
    path: home.trust,
    self: { publisher: self, peer: links.self },
    also: trust.map((key) => parsePublisher(key, aliases.byName)),
    anyone,
    ...(network !== undefined && { network }),
    log,
  })
  return {
    signer,
    secrets: {
      vault: vault({ records, self: links.self, signer, publisherSeed, peerSeed: seed }),
      spread: secretSpread({ links, records, log }),
    },
    peerSign: await peerSigner(seed),
    receipts: keptReceipts({ path: home.receipts, wallClock: Date.now, log }),
    stories: keptStories({ path: home.stories, log }),
    aliases,
    admission,
    blocks,
    names,
    links,
    placement,
    owners: owned,
    ownerStatement: await signOwner(signer, links.self),
    functions: functions({ blocks, links, now, log }),
    pinsFound: blocks.pinned(),
    resolver: resolver({
      self,
      aliases: aliases.byName,
      follows: (publisher) =>
        admission.profile(publisher) === 'trusted' || [...aliases.byName.values()].includes(publisher),
      names,
      links,
      joining: joins,
      now,
      wallClock: Date.now,
      log,
    }),
    joining: joins,
    waiting: waitingRoom(systemTimers),
    timers: systemTimers,
    scores: scores(),
    network,
    runner,
    volunteer: volunteer(
      { settings: init.volunteer, config: home.config, folder: home.blocks },
      { runner, blocks, machine, timers: systemTimers, log },
    ),
    bundler,
    log,
    now,
    wallClock: Date.now,
  }
}
