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
import { deadEnds } from './adverts/dead-ends.ts'
import { checkAddress } from './address.ts'
import { budget, type Budget } from './budget.ts'
import { crowded } from './crowd.ts'
import { dialler, type Dialler } from './dial.ts'
import { discovery, type Discovery } from './discovery.ts'
import { drain } from './drain.ts'
import { duplexOf } from './duplex.ts'
import { unreachable } from './errors.ts'
import { hangUp } from './hang-up.ts'
import { keeper, type Keeper } from './keeper.ts'
import { REQUESTS_MAX_BYTES } from './limits/calls.ts'
import { LISTENS_MS } from './limits/news.ts'
import type { LiveLink } from './link.ts'
import { createNode, startNode, type ClosedNetwork, type Node } from './node.ts'
import { offer } from './offer.ts'
import { readOpening } from './protocols/body/opening.ts'
import { bodyStreams } from './protocols/body/streams.ts'
import { crier, type Crier } from './protocols/call/crier.ts'
import { callServer, type CallServer } from './protocols/call/server.ts'
import { questions, type Linked, type Questions } from './questions.ts'
import { reach, type Reach } from './reach.ts'
import { registry, type Registry } from './registry.ts'
import { servers, type Servers } from './servers.ts'
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
  private readonly memory: Budget = budget(REQUESTS_MAX_BYTES)
  private readonly meter: Meter = meter()
  private readonly crier: Crier
  private readonly keeper: Keeper
  private readonly discovery: Discovery
  private readonly adverts: Adverts
  private readonly reach: Reach
  private readonly dialler: Dialler
  private node: Node | undefined
  /** When it called anybody last. */
  private calledAt = -Infinity

  constructor(init: PeerLinksInit) {
    this.init = init
    this.self = peerIdFromPrivateKey(init.key).toString()
    const { now, timers, random, log } = init
    this.crier = crier({ now, timers })
    const ends = deadEnds({ now, random })
    const up = (peer: PeerId): boolean => this.registry.get(peer) !== undefined
    this.adverts = adverts({
      self: this.self,
      key: init.key,
      now,
      date: init.date,
      random,
      linked: up,
      links: () => this.list().map(({ peer }) => peer),
      addresses: () => this.addresses(),
      emit: (event) => this.registry.emit(event),
      want: (peer, addresses) => {
        const open = addresses.filter((address) => ends.open([`${address}/p2p/${peer}`]).length > 0)
        if (open.length > 0) this.discovery.found(peer, open)
      },
      log,
    })
    this.reach = reach({
      addressesOf: (peer) => ends.open(this.adverts.addressesOf(peer)),
      connect: (addresses, signal) => ends.watched(addresses, () => this.dialler.connect(addresses, signal)),
      failed: (peer) => this.adverts.failed(peer),
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
    this.dialler = dialler({
      node: () => this.node,
      registry: this.registry,
      closed: init.network !== undefined,
    })
    this.keeper = keeper({
      now,
      timers,
      random,
      log,
      up,
      down: (peer, signal) => this.lost(peer, signal),
      connect: (address, signal) => this.dialler.connect([address], signal),
    })
    this.discovery = discovery({
      timers,
      now,
      random,
      log,
      linked: up,
      links: () => this.registry.list().length,
      connect: async (peer, addresses) => {
        const there = addresses.map((address) => `${address}/p2p/${peer}`)
        await ends.watched(there, () => this.dialler.connect(there))
      },
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
    return this.dialler.rising + this.list().filter(({ rttMs }) => rttMs === undefined).length
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
    const found = ({ id, multiaddrs }: PeerInfo): void => this.discovery.found(id.toString(), multiaddrs.map(String))
    const node = await createNode({ key, listen, announce: told, network, found: mdns ? found : undefined })
    node.addEventListener('connection:open', ({ detail }) => {
      if (crowded(detail, node.getConnections())) void hangUp(detail, new Error('its address has too many connections'))
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
    this.registry.listen(({ type, peer }) => {
      if (type === 'down') this.discovery.lost(peer)
    })
    this.node = node
    await startNode(node, listen)
  }

  async stop({ graceMs = 0 }: { graceMs?: number } = {}): Promise<void> {
    this.keeper.stop()
    this.crier.stop()
    this.discovery.stop()
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
    return this.keeper.join(address, options)
  }

  call(peer: PeerId, header: CallHeader, body: Body, { signal }: Options = {}): Promise<Answer> {
    this.callsNow()
    const link = this.registry.get(peer)
    if (link !== undefined) return link.call(header, body, signal)
    return this.reach.to(peer, signal).then(() => this.linkTo(peer).call(header, body, signal))
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

  /** As `KeeperInit.down` says. */
  private async lost(peer: PeerId, signal: AbortSignal): Promise<{ worked: boolean }> {
    const link = this.registry.get(peer)
    await this.registry.down(peer, signal)
    return { worked: link?.view().rttMs !== undefined }
  }

  /** A runner's stream for the body of one of our calls. */
  private take(stream: Stream, connection: Connection): void {
    readOpening(duplexOf(stream), this.init.timers, (opening, duplex) => {
      const link = this.registry.get(connection.remotePeer.toString())
      if (link?.connection === connection) link.take(opening, duplex)
      else duplex.abort(new Error('no call was made on its connection'))
    })
  }

  private serve(services: Services, stream: Stream, connection: Connection): void {
    const from = connection.remotePeer.toString()
    const server: CallServer = callServer({
      duplex: duplexOf(stream),
      from,
      services,
      bodies: bodyStreams(connection),
      memory: this.memory,
      meter: this.meter,
      now: this.init.now,
      timers: this.init.timers,
      called: () => this.registry.get(from)?.called(),
      pinged: (listens) => {
        const link = this.registry.get(from)
        if (link?.connection === connection) link.pinged()
        if (listens) this.crier.listens(server)
        else this.crier.left(server)
      },
      adverts: (knows) => this.adverts.answer(from, this.registry.get(from)?.place, knows),
      ended: (why) => {
        this.servers.delete(from, server)
        this.crier.left(server)
        if (why !== undefined) this.init.log(`call stream of ${from} broke: ${why.message}`)
      },
    })
    this.servers.add(from, server)
  }
}
