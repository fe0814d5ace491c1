import { FleetingSet, HitherError } from '@hither/core'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Gateway } from './api.ts'
import { callOverHttp, fail, type CallComponents } from './call.ts'
import { CALLS_MAX, CONNECTIONS_MAX, GRACE_MS, LINGER_MS } from './limits.ts'
import { readAuthority } from './request/authority.ts'
import { checkFraming } from './request/framing.ts'
import { readTarget } from './request/target.ts'
import { Connections } from './server/connections.ts'
import { listenOnLoopback } from './server/listen.ts'
import { strictServer, type Exchange, type Patience } from './server/server.ts'
import { addressOf } from './site/address.ts'
import type { Asked, Place, Site } from './site/site.ts'

export interface HttpGatewayInit {
  port: number
  patience?: Patience
  connectionsMax?: number
}

export interface HttpGatewayComponents extends CallComponents {
  site: Site
}

export function httpGateway(init: HttpGatewayInit, components: HttpGatewayComponents): Gateway {
  return new HttpGateway(init, components)
}

class HttpGateway implements Gateway {
  private readonly init: HttpGatewayInit
  private readonly on: HttpGatewayComponents
  private readonly servers: Record<'v4' | 'v6', ReturnType<typeof strictServer>>
  /** What is not answered in full yet. */
  private readonly open = new FleetingSet<ServerResponse>()
  private readonly connections: Connections
  private readonly idle = Promise.withResolvers<void>()
  private draining = false
  private port = 0

  constructor(init: HttpGatewayInit, on: HttpGatewayComponents) {
    this.init = init
    this.on = on
    this.connections = new Connections(init.connectionsMax ?? CONNECTIONS_MAX)
    const server = (): ReturnType<typeof strictServer> =>
      strictServer(this.connections, (exchange) => this.receive(exchange), init.patience ?? {})
    this.servers = { v4: server(), v6: server() }
  }

  get address(): string {
    return addressOf(this.port)
  }

  async start(): Promise<void> {
    this.port = await listenOnLoopback(this.servers.v4, this.servers.v6, this.init.port)
  }

  async stop({ graceMs = GRACE_MS }: { graceMs?: number } = {}): Promise<void> {
    this.draining = true
    const servers = Object.values(this.servers)
    // Who has no head yet is told that there is nothing more to come: by the last answer, since none goes out behind the one that says so.
    const last = new Map([...this.open].map((res) => [res.req.socket, res]))
    for (const res of last.values()) res.shouldKeepAlive = false
    const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())))
    this.settle()
    const late = setTimeout(() => this.idle.resolve(), graceMs)
    await this.idle.promise
    clearTimeout(late)
    this.connections.endAll()
    await Promise.all(closed)
  }

  /** The life of a request: it is checked, its function found, and called. */
  private receive(exchange: Exchange): void {
    this.keepBooks(exchange)
    const failed = (thrown: unknown): void => fail(this.on.log, exchange, thrown)
    const found = (place: Place | undefined): void => {
      if (place !== undefined) callOverHttp(this.on, exchange, place).catch(failed)
    }
    try {
      this.admit(exchange)
      const place = this.on.site(this.read(exchange), exchange)
      if (place instanceof Promise) place.then(found, failed)
      else found(place)
    } catch (thrown) {
      failed(thrown)
    }
  }

  private admit({ res }: Exchange): void {
    if (this.draining) {
      res.shouldKeepAlive = false
      throw new HitherError('draining', 'the gateway is shutting down')
    }
    if (this.open.size > CALLS_MAX) {
      throw new HitherError('busy', `${CALLS_MAX} calls are under way through this gateway`, {
        fix: 'try again in a moment',
      })
    }
  }

  private read({ req }: Exchange): Asked {
    checkFraming(req)
    const { port } = this
    const labels = readAuthority(req, port)
    return { labels, ...readTarget(req.url ?? ''), host: req.headers.host ?? '', port }
  }

  private keepBooks({ req, res }: Exchange): void {
    const { socket } = req
    this.open.add(res)
    res.on('close', () => {
      this.open.delete(res)
      this.connections.end(socket)
      this.settle()
      if (res.writableFinished && !req.complete) linger(req)
    })
  }

  private settle(): void {
    if (this.draining && this.open.size === 0) this.idle.resolve()
  }
}

/** The next request is behind what is left of this one's body, which nobody wants. */
function linger(req: IncomingMessage): void {
  const late = setTimeout(() => req.socket.destroy(), LINGER_MS)
  req.once('close', () => clearTimeout(late))
  req.resume()
}
