import type { Clock, PeerId, Services } from '@hither/core'
import type { Connection, Stream } from '@libp2p/interface'
import type { Adverts } from './adverts/adverts.ts'
import { placeOf } from './crowd.ts'
import { duplexOf } from './duplex.ts'
import {
  REQUESTS_KEPT_BYTES,
  REQUESTS_MAX_BYTES,
  REQUESTS_PER_PEER_MAX_BYTES,
  REQUESTS_PER_PLACE_MAX_BYTES,
} from './limits/calls.ts'
import { bodyStreams } from './protocols/body/streams.ts'
import type { Crier } from './protocols/call/crier.ts'
import { callServer, type CallServer } from './protocols/call/server.ts'
import type { Registry } from './registry.ts'
import type { Servers } from './servers.ts'
import { shares } from './shares.ts'
import type { Timers } from './timers.ts'
import type { Meter } from './traffic.ts'

export interface ServingInit {
  now: Clock
  timers: Timers
  meter: Meter
  registry: Pick<Registry, 'get'>
  servers: Servers
  crier: Crier
  adverts: Pick<Adverts, 'answer'>
  log: (text: string) => void
}

/** Serves the call streams that others open here. */
export type Serving = (services: Services, stream: Stream, connection: Connection) => void

const REQUESTS = {
  maxBytes: REQUESTS_MAX_BYTES,
  eachMaxBytes: REQUESTS_PER_PEER_MAX_BYTES,
  placeMaxBytes: REQUESTS_PER_PLACE_MAX_BYTES,
  keptBytes: REQUESTS_KEPT_BYTES,
}

export function serving({ now, timers, meter, registry, servers, crier, adverts, log }: ServingInit): Serving {
  const requests = shares(REQUESTS)
  return (services, stream, connection) => {
    const from: PeerId = connection.remotePeer.toString()
    const isKnown = (): boolean => services.knows?.(from) === true
    const memory = requests.of({ peer: from, place: placeOf(connection), isKnown })
    const server: CallServer = callServer({
      duplex: duplexOf(stream),
      from,
      services,
      bodies: bodyStreams(connection),
      memory,
      meter,
      now,
      timers,
      called: () => registry.get(from)?.called(),
      pinged: (listens) => {
        const link = registry.get(from)
        if (link?.connection === connection) link.pinged()
        if (listens) crier.listens(server)
        else crier.left(server)
      },
      adverts: (knows) => adverts.answer(from, registry.get(from)?.place, knows),
      ended: (why) => {
        servers.delete(from, server)
        crier.left(server)
        memory.leave()
        if (why !== undefined) log(`call stream of ${from} broke: ${why.message}`)
      },
    })
    servers.add(from, server)
  }
}
