import type { Links, PeerId } from '@hither/core'
import { askBlock } from './protocols/block.ts'
import type { Asked } from './protocols/exchange.ts'
import { announce, askName, askOwner, askVoucher } from './protocols/name.ts'
import { askAdmits, giveSecrets } from './protocols/secrets.ts'

/** What is asked of a peer beside calls, each on a stream of its own. */
export type Questions = Pick<Links, 'block' | 'name' | 'voucher' | 'owner' | 'announce' | 'admits' | 'secrets'>

/** `linked` throws `peer-unreachable`. */
export function questions(linked: (peer: PeerId) => Asked): Questions {
  return {
    block: async (peer, cid, options) => askBlock(linked(peer), cid, options),
    name: async (peer, publisher, name, options) => askName(linked(peer), publisher, name, options),
    voucher: async (peer, cid, publisher, options) => askVoucher(linked(peer), cid, publisher, options),
    owner: async (peer, options) => askOwner(linked(peer), options),
    announce: async (peer, record, options) => announce(linked(peer), record, options),
    admits: async (peer, publisher, options) => askAdmits(linked(peer), publisher, options),
    secrets: async (peer, record, options) => giveSecrets(linked(peer), record, options),
  }
}
