import type { Clock, LinkEvent, PeerId } from '@hither/core'
import type { Connection } from '@libp2p/interface'
import { onArrival } from './arrivals.ts'
import { abortError, reasonOf, unreachable } from './errors.ts'
import { hangUp } from './hang-up.ts'
import { LINK_UP_MAX_MS } from './limits/connections.ts'
import { LATE_MS, SILENCE_MS } from './limits/heartbeat.ts'
import { openLink, type LiveLink, type LiveLinkInit } from './link.ts'
import { CALL_PROTOCOL } from './protocols/call/frames.ts'
import type { Timers } from './timers.ts'
import type { Meter } from './traffic.ts'

export interface RegistryInit {
  timers: Timers
  now: Clock
  meter: Meter
  adverts: LiveLinkInit['adverts']
  listens: LiveLinkInit['listens']
  /** Calls that a peer makes here now. */
  served(peer: PeerId): number
  /** Open connections to a peer. */
  connections(peer: PeerId): Connection[]
  log: (text: string) => void
}

/** Who is connected: at most one link per peer, however many connections there are. */
export interface Registry {
  get(peer: PeerId): LiveLink | undefined
  list(): LiveLink[]
  listen(listener: (event: LinkEvent) => void): () => void
  /** Tells all who listen. */
  emit(event: LinkEvent): void
  /** A connection was made. Whoever does not say in time what it speaks is hung up on, for it has a place that others want. */
  opened(connection: Connection): void
  /** A connection whose other end has said what it speaks. */
  identified(connection: Connection, protocols: string[]): void
  /** Resolves once there is a link to the peer; rejects with the signal, or when it turns out to be no hither peer. */
  up(peer: PeerId, signal: AbortSignal): Promise<void>
  /** Resolves once there is no link to the peer; rejects with the signal. */
  down(peer: PeerId, signal: AbortSignal): Promise<void>
  close(): void
}

export function registry(init: RegistryInit): Registry {
  return new LinkRegistry(init)
}

class LinkRegistry implements Registry {
  private readonly init: RegistryInit
  private readonly links = new Map<PeerId, LiveLink>()
  private readonly opening = new Set<PeerId>()
  /** When each connection was made. */
  private readonly since = new WeakMap<Connection, number>()
  private readonly listeners = new Set<(event: LinkEvent) => void>()
  private readonly waiting = new Set<{ peer: PeerId; fail(error: Error): void }>()
  private closed = false

  constructor(init: RegistryInit) {
    this.init = init
  }

  get(peer: PeerId): LiveLink | undefined {
    return this.links.get(peer)
  }

  list(): LiveLink[] {
    return [...this.links.values()]
  }

  listen(listener: (event: LinkEvent) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  emit(event: LinkEvent): void {
    for (const listener of this.listeners) listener(event)
  }

  opened(connection: Connection): void {
    const callOff = this.init.timers.after(LINK_UP_MAX_MS, () => {
      if (!this.since.has(connection)) this.refuse(connection, 'it does not say what it speaks')
    })
    connection.addEventListener('close', callOff, { once: true })
  }

  identified(connection: Connection, protocols: string[]): void {
    if (!protocols.includes(CALL_PROTOCOL)) return this.refuse(connection, 'it is no hither peer')
    this.watch(connection)
    void this.open(connection)
  }

  up(peer: PeerId, signal: AbortSignal): Promise<void> {
    return this.until('up', peer, signal)
  }

  down(peer: PeerId, signal: AbortSignal): Promise<void> {
    return this.until('down', peer, signal)
  }

  close(): void {
    this.closed = true
    for (const link of this.list()) link.close()
  }

  /** Pings may wait long behind blocks and bodies on a slow line, so whatever comes is a sign of life. */
  private watch(connection: Connection): void {
    if (this.since.has(connection)) return
    this.since.set(connection, this.init.now())
    const peer = connection.remotePeer.toString()
    onArrival(connection, () => {
      const link = this.links.get(peer)
      // Where both sides dialled there are two, and the other may live on while this one is dead.
      if (link?.connection === connection) link.heard()
    })
  }

  /** Never rejects. */
  private async open(connection: Connection): Promise<void> {
    const peer = connection.remotePeer.toString()
    // A peer that comes again may have lost the link that we still believe in: find out soon.
    this.links.get(peer)?.used()
    if (this.closed || this.links.has(peer) || this.opening.has(peer)) return
    this.opening.add(peer)
    try {
      const link = await openLink({
        connection,
        timers: this.init.timers,
        now: this.init.now,
        meter: this.init.meter,
        adverts: this.init.adverts,
        listens: () => this.init.listens(),
        served: () => this.init.served(peer),
        emit: (event) => this.emit(event),
        down: (cause, silent) => this.lost(connection, cause, silent),
      })
      this.opening.delete(peer)
      this.risen(peer, link)
    } catch (thrown) {
      this.opening.delete(peer)
      this.refuse(connection, `it opened no call stream: ${reasonOf(thrown)}`)
      // One that was made meanwhile waited for this one.
      for (const other of this.othersThan(connection)) void this.open(other)
    }
  }

  private risen(peer: PeerId, link: LiveLink): void {
    if (this.closed) return link.close()
    this.links.set(peer, link)
    this.emit({ type: 'up', peer })
  }

  private lost(connection: Connection, cause: Error | undefined, silent: boolean): void {
    const peer = connection.remotePeer.toString()
    if (this.links.get(peer)?.connection !== connection) return
    this.links.delete(peer)
    const why = cause === undefined ? 'it was closed' : reasonOf(cause)
    this.init.log(`link to ${peer} is down: ${why}`)
    if (!this.closed) void hangUp(connection, cause)
    this.emit({ type: 'down', peer, why })
    // Both sides may have dialled at once: the other connection is as good, or just as silent.
    for (const other of this.othersThan(connection)) {
      if (silent && !this.isNew(other)) void hangUp(other, cause)
      else void this.open(other)
    }
  }

  /** Open ones to the same peer. */
  private othersThan(connection: Connection): Connection[] {
    const all = this.init.connections(connection.remotePeer.toString())
    return all.filter((other) => other !== connection && other.status === 'open')
  }

  /** Made too late to have been silent for long: its peer has just come back. */
  private isNew(connection: Connection): boolean {
    return this.init.now() - (this.since.get(connection) ?? -Infinity) < SILENCE_MS + LATE_MS
  }

  private refuse(connection: Connection, why: string): void {
    const peer = connection.remotePeer.toString()
    this.init.log(`no link to ${peer}: ${why}`)
    void hangUp(connection)
    for (const waiter of this.waiting) if (waiter.peer === peer) waiter.fail(unreachable(peer, why))
  }

  private until(type: 'up' | 'down', peer: PeerId, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(abortError(signal))
      if (this.links.has(peer) === (type === 'up')) return resolve()
      const waiter = { peer, fail: (error: Error) => done(() => reject(error)) }
      const onAbort = (): void => waiter.fail(abortError(signal))
      const unlisten = this.listen((event) => {
        if (event.type === type && event.peer === peer) done(resolve)
      })
      const done = (settle: () => void): void => {
        unlisten()
        this.waiting.delete(waiter)
        signal.removeEventListener('abort', onAbort)
        settle()
      }
      this.waiting.add(waiter)
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }
}
