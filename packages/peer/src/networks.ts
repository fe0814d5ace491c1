import { randomBytes } from 'node:crypto'
import {
  decodeInvitation,
  encodeInvitation,
  HitherError,
  SEED_BYTES,
  type Invitation,
  type Services,
} from '@hither/core'
import type { Joined, NetworkName } from './api.ts'
import * as file from './home/network.ts'
import { makeHome, type Home } from './home/paths.ts'
import { joinAll } from './join.ts'

/** What a home's closed network is, but for its key. */
export interface ShownNetwork extends NetworkName {
  /** Where the invitation said that peers may be. */
  addresses: string[]
}

/** Whom of a network that was just joined anybody reached. */
export interface JoinedNetwork extends ShownNetwork, Joined {}

/** The closed network of a home; undefined in the open one. Throws `bad-key`. */
export async function homeNetwork(home: Home): Promise<ShownNetwork | undefined> {
  const network = await file.loadNetwork(home.networkKey)
  return network && shown(network)
}

/** Makes a closed network, and puts the home in it. Throws `usage` where it is in one already, `bad-name` for the label, `bad-key`. */
export async function createNetwork(home: Home, label?: string): Promise<ShownNetwork> {
  await makeHome(home)
  return shown(await file.createNetwork(home.networkKey, label))
}

/**
 * Puts a home in the network that somebody invites to. Where nobody answers at its addresses it is in all the same: they may be
 * off. Where others answer, and none of the network, it is not.
 *
 * Throws `bad-invitation`; `wrong-network`; `usage` where the home is in another network; `bad-key`.
 */
export async function joinNetwork(home: Home, invitation: string): Promise<JoinedNetwork> {
  const read = await decodeInvitation(invitation)
  await makeHome(home)
  await file.refuseOther(home.networkKey, read)
  const joined = await visit(read)
  const stranger = joined.failed.find(({ code }) => code === 'wrong-network')
  if (joined.reached.length === 0 && stranger !== undefined) {
    throw new HitherError(
      'wrong-network',
      `what answers at ${stranger.address} is not of the network "${read.label}"`,
      {
        why: 'the invitation is whole, but the peer there has another key or none; nothing was changed here',
        fix: 'whoever invited must restart the peer there (fn up) since the network was made; or ask for a new invitation',
        data: { failed: joined.failed },
      },
    )
  }
  return { ...shown(await file.enterNetwork(home.networkKey, read)), ...joined }
}

/** Puts a home back in the open network. Gives the one it left, undefined where it was in none. Throws `bad-key`. */
export async function leaveNetwork(home: Home): Promise<ShownNetwork | undefined> {
  const left = await file.leaveNetwork(home.networkKey)
  return left && shown(left)
}

/**
 * An invitation to the home's network, with addresses of peers to begin with. It is as secret as the key. Throws `usage` in the
 * open network, `bad-key`.
 */
export async function invitationTo(home: Home, addresses: string[]): Promise<string> {
  const network = await file.loadNetwork(home.networkKey)
  if (network !== undefined) return encodeInvitation({ ...network, addresses })
  throw new HitherError('usage', 'this machine is in the open network, which takes no invitation', {
    fix: 'make a closed one with fn network create',
  })
}

function shown({ label, tag, addresses }: file.HomeNetwork): ShownNetwork {
  return { label, tag, addresses }
}

/** Looks whether anybody is there, as a peer of the network that nobody sees again. */
async function visit({ key, addresses }: Invitation): Promise<Joined> {
  if (addresses.length === 0) return { reached: [], failed: [] }
  const { net } = await import('@hither/net')
  const network = { key, tag: '' }
  const links = net({ listen: [], mdns: false, network })({ seed: Uint8Array.from(randomBytes(SEED_BYTES)) })
  await links.start(NOTHING)
  try {
    return await joinAll(links, addresses)
  } finally {
    await links.stop()
  }
}

/** What a visitor does for others. */
const NOTHING: Services = {
  call: async () => {
    throw new HitherError('not-volunteering', 'this peer is only a visitor')
  },
  block: async () => undefined,
  blockSize: async () => undefined,
  name: async () => undefined,
  kit: async () => ({}),
  announce: async () => ({ kept: false }),
  admits: async () => false,
  secrets: async () => ({ kept: false }),
  state: () => undefined,
}
