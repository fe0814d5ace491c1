import type { Socket } from 'node:net'

/**
 * The open connections. When there are too many, the one goes that has had nothing to do for longest: a slow client has sent
 * no request yet, so thousands of them make no room scarce for those that have.
 */
export class Connections {
  private readonly max: number
  /** Requests at work on each. */
  private readonly atWork = new Map<Socket, number>()
  /** Those with nothing to do, oldest first. */
  private readonly waiting = new Set<Socket>()

  constructor(max: number) {
    this.max = max
  }

  get size(): number {
    return this.atWork.size
  }

  add(socket: Socket): void {
    this.atWork.set(socket, 0)
    this.waiting.add(socket)
    socket.once('close', () => {
      this.atWork.delete(socket)
      this.waiting.delete(socket)
    })
    if (this.atWork.size <= this.max) return
    const [oldest] = this.waiting
    oldest?.destroy()
  }

  begin(socket: Socket): void {
    this.atWork.set(socket, (this.atWork.get(socket) ?? 0) + 1)
    this.waiting.delete(socket)
  }

  end(socket: Socket): void {
    const left = (this.atWork.get(socket) ?? 1) - 1
    // It may have closed meanwhile, and must not come back.
    if (socket.destroyed) return
    this.atWork.set(socket, left)
    if (left === 0) this.waiting.add(socket)
  }
}
