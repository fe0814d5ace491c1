import type { Blocks, Coordinate, Evidence, Names, PeerId, RunnerState, Services } from '@hither/core'
import { HitherError } from '@hither/core'
import { takeAnnouncement, type RecordsComponents } from './records.ts'
import { kitOf } from './kit.ts'
import { serveCall, type ServeCallComponents } from './call.ts'

export interface ServicesComponents extends RecordsComponents {
  blocks: Blocks
  names: Names
  /** Absent where this peer only calls. */
  serve?: ServeCallComponents
  state: () => RunnerState | undefined
  coordinate: () => Coordinate
  wants: () => PeerId[]
  evidence: () => Evidence[]
  /** The statement of whose machine this is. */
  owner: Uint8Array
  admits: Services['admits']
  knows: Required<Services>['knows']
  secrets: Services['secrets']
}

/** What this peer does for others, by protocol. */
export function services(on: ServicesComponents): Services {
  const announcement = takeAnnouncement(on)
  const call = on.serve === undefined ? refuse : serveCall(on.serve)
  return {
    call,
    // A record is a block too: whoever has one asks by its `prev` for those before.
    block: async (_from, cid) => on.names.byId(cid)?.bytes ?? on.blocks.get(cid),
    blockSize: async (_from, cid) => on.names.byId(cid)?.bytes.length ?? on.blocks.size(cid),
    kit: async (_from, cid, publisher) => kitOf(on, cid, publisher),
    name: async (_from, publisher, name) => on.names.get(publisher, name)?.bytes,
    owner: async () => on.owner,
    announce: announcement,
    admits: on.admits,
    knows: on.knows,
    secrets: on.secrets,
    state: on.state,
    coordinate: on.coordinate,
    wants: on.wants,
    evidence: on.evidence,
  }
}

async function refuse(): Promise<never> {
  throw new HitherError('not-volunteering', 'this peer runs nothing for others')
}
