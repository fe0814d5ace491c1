import type {
  Answer,
  Body,
  CallHeader,
  Clock,
  JoinProgress,
  Link,
  LinkEvent,
  Links,
  Options,
  PeerId,
  Random,
  Services,
  Traffic,
} from '@hither/core'
import type { Connection, PeerInfo, PrivateKey, Stream } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { adverts, type Adverts } from './adverts/adverts.ts'
import { checkAddress } from './address.ts'
import { crowded } from './crowd.ts'
import { drain } from './drain.ts'
import { duplexOf } from './duplex.ts'
import { unreachable } from './errors.ts'
import { finder, type Finder } from './finder.ts'
import { hangUp } from './hang-up.ts'
import { LISTENS_MS } from './limits/news.ts'
import type { LiveLink } from './link.ts'
import { createNode, startNode, type ClosedNetwork, type Node } from './node.ts'
import { offer } from './offer.ts'
import { readOpening } from './protocols/body/opening.ts'
import { crier, type Crier } from './protocols/call/crier.ts'
import { questions, type Linked, type Questions } from './questions.ts'
import { registry, type Registry } from './registry.ts'
import { servers, type Servers } from './servers.ts'
import { serving, type Serving } from './serving.ts'
import type { Timers } from './timers.ts'
import { meter, type Meter } from './traffic.ts'

export interface PeerLinksInit {
  key: PrivateKey
  listen: string[]
  announce?: string[] | undefined
  mdns: boolean
  network?: ClosedNetwork | undefined
  now: Clock
  date: Clock
  timers: Timers
  random: Random
  log: (text: string) => void
}

/** The network on libp2p: joins the node, the links, the protocols, and who is dialled. */
export function peerLinks(init: PeerLinksInit): Links {
  const links = new PeerLinks(init)
  return Object.assign(
    links,
    questions((peer) => links.inUse(peer)),
  )
}

class PeerLinks implements Omit<Links, keyof Questions> {
  readonly self: PeerId
  private readonly init: PeerLinksInit
  private readonly registry: Registry
  private readonly servers: Servers = servers()
  private readonly meter: Meter = meter()
  private readonly crier: Crier
  private readonly serve: Serving
  private readonly finder: Finder
  private readonly adverts: Adverts
  private node: Node | undefined
  /** When it called anybody last. */
  private calledAt = -Infinity

  constructor(init: PeerLinksInit) {
    this.init = init
    this.self = peerIdFromPrivateKey(init.key).toString()
    const { now, timers, random, log } = init
    this.crier = crier({ now, timers })
    this.adverts = adverts({
      self: this.self,
      key: init.key,
      now,
      date: init.date,
      random,
      linked: (peer) => this.registry.get(peer) !== undefined,
      links: () => this.list().map(({ peer }) => peer),
      addresses: () => this.addresses(),
      emit: (event) => this.registry.emit(event),
      want: (peer, addresses) => this.finder.heardOf(peer, addresses),
      log,
    })
    this.registry = registry({
      now,
      timers,
      meter: this.meter,
      adverts: this.adverts,
      listens: () => now() - this.calledAt < LISTENS_MS,
      log,
      served: (peer) => this.servers.inFlight(peer),
      connections: (peer) => this.node?.getConnections().filter((one) => one.remotePeer.toString() === peer) ?? [],
    })
    this.serve = serving({
      now,
      timers,
      log,
      meter: this.meter,
      registry: this.registry,
      servers: this.servers,
      crier: this.crier,
      adverts: this.adverts,
    })
    this.finder = finder({
      node: () => this.node,
      closed: init.network !== undefined,
      registry: this.registry,
      adverts: this.adverts,
      now,
      timers,
      random,
      log,
    })
  }

  addresses(): string[] {
    return this.node?.getMultiaddrs().map((address) => address.toString()) ?? []
  }

  listening(): string[] {
    return this.node?.services.listening().map((address) => address.toString()) ?? []
  }

  list(): Link[] {
    return this.registry.list().map((link) => link.view())
  }

  get(peer: PeerId): Link | undefined {
    return this.registry.get(peer)?.view()
  }

  rising(): number {
    return this.finder.rising + this.list().filter(({ rttMs }) => rttMs === undefined).length
  }

  tell(): void {
    this.servers.tell()
  }

  traffic(): Traffic {
    return this.meter.traffic
  }

  listen(listener: (event: LinkEvent) => void): () => void {
    return this.registry.listen(listener)
  }

  async start(services: Services): Promise<void> {
    const { key, listen, announce: told, mdns, network } = this.init
    const found = ({ id, multiaddrs }: PeerInfo): void => this.finder.found(id.toString(), multiaddrs.map(String))
    const node = await createNode({ key, listen, announce: told, network, found: mdns ? found : undefined })
    node.addEventListener('connection:open', ({ detail }) => {
      if (crowded(detail, node.getConnections())) void hangUp(detail, new Error('its address has too many connections'))
      else this.registry.opened(detail)
    })
    node.addEventListener('peer:identify', ({ detail }) => {
      this.registry.identified(detail.connection, detail.protocols)
    })
    await offer({
      node,
      services,
      timers: this.init.timers,
      serve: (stream, connection) => this.serve(services, stream, connection),
      take: (stream, connection) => this.take(stream, connection),
    })
    this.adverts.start(services)
    this.node = node
    await startNode(node, listen)
  }

  async stop({ graceMs = 0 }: { graceMs?: number } = {}): Promise<void> {
    this.finder.stop()
    this.crier.stop()
    if (graceMs > 0) await drain({ registry: this.registry, servers: this.servers, timers: this.init.timers }, graceMs)
    this.registry.close()
    void this.servers.close()
    const connections = this.node?.getConnections() ?? []
    // Goodbyes first: stopping the node cuts sockets in the middle of what they say.
    await Promise.all(connections.map((connection) => hangUp(connection)))
    await this.node?.stop()
  }

  async join(address: string, options?: Options<JoinProgress>): Promise<PeerId> {
    checkAddress(address)
    return this.finder.join(address, options)
  }

  call(peer: PeerId, header: CallHeader, body: Body, { signal }: Options = {}): Promise<Answer> {
    this.callsNow()
    const link = this.registry.get(peer)
    if (link !== undefined) return link.call(header, body, signal)
    return this.finder.to(peer, signal).then(() => this.linkTo(peer).call(header, body, signal))
  }

  /** Who begins to call wants to hear from all, for the next call may go anywhere. */
  private callsNow(): void {
    const before = this.calledAt
    this.calledAt = this.init.now()
    if (this.calledAt - before >= LISTENS_MS) for (const link of this.registry.list()) link.listen()
  }

  /** To be asked something. Throws `peer-unreachable`. */
  inUse(peer: PeerId): Linked {
    const link = this.linkTo(peer)
    link.used()
    return { connection: link.connection, timers: this.init.timers, kit: link.kit }
  }

  private linkTo(peer: PeerId): LiveLink {
    const link = this.registry.get(peer)
    if (link === undefined) throw unreachable(peer, 'there is no link to it')
    return link
  }

  /** A runner's stream for the body of one of our calls. */
  private take(stream: Stream, connection: Connection): void {
    readOpening(duplexOf(stream), this.init.timers, (opening, duplex) => {
      const link = this.registry.get(connection.remotePeer.toString())
      if (link?.connection === connection) link.take(opening, duplex)
      else duplex.abort(new Error('no call was made on its connection'))
    })
  }
}
