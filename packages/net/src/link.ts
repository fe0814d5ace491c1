import type { Answer, Body, CallHeader, Clock, Coordinate, Link, LinkEvent, RunnerState } from '@hither/core'
import type { Connection } from '@libp2p/interface'
import type { Adverts } from './adverts/adverts.ts'
import { duplexOf, type Duplex } from './duplex.ts'
import { heartbeat } from './heartbeat.ts'
import { LINK_UP_MAX_MS } from './limits/connections.ts'
import type { Opening } from './protocols/body/opening.ts'
import { caller, type Caller } from './protocols/call/caller.ts'
import { CALL_PROTOCOL } from './protocols/call/frames.ts'
import type { Timers } from './timers.ts'
import type { Meter } from './traffic.ts'

export interface LiveLinkInit {
  connection: Connection
  timers: Timers
  now: Clock
  meter: Meter
  /** Calls that this peer makes here now. */
  served(): number
  adverts: Pick<Adverts, 'asks' | 'heard'>
  /** Whether this peer makes calls. */
  listens(): boolean
  emit(event: LinkEvent): void
  /** It is over. Without a cause either side closed it; `silent`: nothing came from the peer any more. */
  down(cause: Error | undefined, silent: boolean): void
}

/** A link that is up: one call stream to the peer, kept alive and measured. */
export interface LiveLink {
  readonly connection: Connection
  /** Where the peer says it is. */
  readonly place: Coordinate | undefined
  view(): Link
  call(header: CallHeader, body: Body, signal?: AbortSignal): Promise<Answer>
  /** As `Links.kit` says. */
  kit: Caller['kit']
  /** The peer opened a stream on the connection, for the body of a call. */
  take(opening: Opening, duplex: Duplex): void
  /** Resolves when no call from here waits for its answer. */
  answered(): Promise<void>
  /** Something came from the peer. */
  heard(): void
  /** The peer pinged. */
  pinged(): void
  /** It is to be asked something. */
  used(): void
  /** The peer called. */
  called(): void
  /** Says that this peer listens now, where the other one is a runner. */
  listen(): void
  close(): void
}

/** Opens the call stream. Rejects where the peer does not speak the protocol, or ends the stream at once. */
export async function openLink(init: LiveLinkInit): Promise<LiveLink> {
  const { connection } = init
  const stream = await connection.newStream(CALL_PROTOCOL, { signal: AbortSignal.timeout(LINK_UP_MAX_MS) })
  const peer = connection.remotePeer.toString()
  const address = connection.remoteAddr.toString()
  let silent = false
  let rttMs: number | undefined
  let state: RunnerState | undefined
  let place: Coordinate | undefined

  const beat = heartbeat({
    timers: init.timers,
    now: init.now,
    inFlight: () => calls.inFlight + init.served(),
    ping: (id) => calls.ping(id),
    dead(why, heardNothing) {
      silent = heardNothing
      calls.abort(new Error(why))
    },
  })
  const used = (): void => beat.used('us')
  const calls = caller({
    duplex: duplexOf(stream),
    timers: init.timers,
    peer,
    meter: init.meter,
    used,
    listens: () => init.listens(),
    asksAdverts: (ping) => init.adverts.asks(peer, ping),
    adverts: (payload) => init.adverts.heard(peer, address, payload),
    pong(id, said) {
      place = said
      const believedMs = beat.pong(id)
      if (believedMs === undefined) return
      rttMs = believedMs
      init.emit({ type: 'rtt', peer, ms: rttMs, ...(place && { coordinate: place }) })
    },
    said(said) {
      state = said
      if (state !== undefined) init.emit({ type: 'state', peer, state })
    },
    ended(why) {
      beat.stop()
      init.down(why, silent)
    },
  })
  beat.start()
  // Its end is told before anybody has this link, who would keep it for ever.
  if (stream.status !== 'open' || stream.readableEnded) throw new Error('the call stream ended at once')

  return {
    connection,
    get place() {
      return place
    },
    view() {
      const view: Link = { peer, address, direction: connection.direction }
      if (rttMs !== undefined) view.rttMs = rttMs
      if (state !== undefined) view.state = state
      return view
    },
    call: (header, body, signal) => calls.call(header, body, signal),
    kit: calls.kit,
    take: (opening, duplex) => calls.take(opening, duplex),
    answered: () => calls.answered(),
    heard: () => beat.heard(),
    pinged: () => beat.pinged(),
    used,
    called: () => beat.used('them'),
    listen() {
      if (state !== undefined) beat.ask()
    },
    close: () => calls.close(),
  }
}
