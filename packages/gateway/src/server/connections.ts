import type { Socket } from 'node:net'
import { FleetingSet, HitherError } from '@hither/core'

interface Connection {
  /** Requests at work on it. */
  atWork: number
  /** Its client. */
  left: AbortController
}

/**
 * The open connections. When there are too many, the one goes that has had nothing to do for longest: a slow client has sent
 * no request yet, so thousands of them make no room scarce for those that have.
 */
export class Connections {
  private readonly max: number
  private readonly open = new Map<Socket, Connection>()
  /** Those with nothing to do, oldest first. */
  private readonly waiting = new FleetingSet<Socket>()

  constructor(max: number) {
    this.max = max
  }

  get size(): number {
    return this.open.size
  }

  add(socket: Socket): void {
    const connection: Connection = { atWork: 0, left: new AbortController() }
    this.open.set(socket, connection)
    this.waiting.add(socket)
    socket.once('close', () => {
      this.open.delete(socket)
      this.waiting.delete(socket)
      if (connection.atWork > 0) connection.left.abort(new HitherError('cancelled', 'the client went away'))
    })
    if (this.open.size <= this.max) return
    const [oldest] = this.waiting
    oldest?.destroy()
  }

  /** A request on it is not answered in full. */
  atWork(socket: Socket): boolean {
    return (this.open.get(socket)?.atWork ?? 0) > 0
  }

  /** A request begins. The signal fires when its client leaves before all on this connection are answered. */
  begin(socket: Socket): AbortSignal {
    const connection = this.open.get(socket)
    // It may have closed while its request was read.
    if (connection === undefined) return AbortSignal.abort(new HitherError('cancelled', 'the client went away'))
    connection.atWork += 1
    this.waiting.delete(socket)
    return connection.left.signal
  }

  /** Whatever becomes of their answers. */
  endAll(): void {
    for (const socket of this.open.keys()) socket.destroy()
  }

  end(socket: Socket): void {
    const connection = this.open.get(socket)
    // It may have closed meanwhile, and must not come back.
    if (connection === undefined || socket.destroyed) return
    connection.atWork -= 1
    if (connection.atWork === 0) this.waiting.add(socket)
  }
}
