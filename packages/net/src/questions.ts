import type { Links, PeerId } from '@hither/core'
import { askBlock } from './protocols/block.ts'
import type { Kits } from './protocols/call/kits.ts'
import type { Asked } from './protocols/exchange.ts'
import { announce, askName, askOwner } from './protocols/name.ts'
import { askAdmits, giveSecrets } from './protocols/secrets.ts'

/** What is asked of a peer beside calls, each but for kits on a stream of its own. */
export type Questions = Pick<Links, 'block' | 'kit' | 'name' | 'owner' | 'announce' | 'admits' | 'secrets'>

/** A peer that there is a link to. */
export interface Linked extends Asked {
  kit: Kits['ask']
}

/** `linked` throws `peer-unreachable`. */
export function questions(linked: (peer: PeerId) => Linked): Questions {
  return {
    block: async (peer, cid, options) => askBlock(linked(peer), cid, options),
    kit: async (peer, cid, publisher, options) => linked(peer).kit(cid, publisher, options?.signal),
    name: async (peer, publisher, name, options) => askName(linked(peer), publisher, name, options),
    owner: async (peer, options) => askOwner(linked(peer), options),
    announce: async (peer, record, options) => announce(linked(peer), record, options),
    admits: async (peer, publisher, options) => askAdmits(linked(peer), publisher, options),
    secrets: async (peer, record, options) => giveSecrets(linked(peer), record, options),
  }
}
