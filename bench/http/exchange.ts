import { connect, type Socket } from 'node:net'

/** A server that says nothing for so long has failed, in ms: the longest answer takes some seconds, for all wait in one line. */
const SILENT_MAX_MS = 60_000

/** One connection that sends the same request again and again, and reads no more of an answer than where it ends. */
export class Exchange {
  private readonly port: number
  private readonly request: Buffer
  private readonly silentMaxMs: number
  private socket: Socket | undefined
  private answer = Promise.withResolvers<number>()
  private status = 0
  private rest: Buffer = Buffer.alloc(0)
  /** Bytes of the body, or of the chunk at hand, that are still to come; undefined while a head is read. */
  private left: number | undefined
  private received = 0
  private chunked = false
  private closes = false

  constructor(port: number, request: Buffer, silentMaxMs: number = SILENT_MAX_MS) {
    this.port = port
    this.request = request
    this.silentMaxMs = silentMaxMs
  }

  get isOpen(): boolean {
    return this.socket?.writable === true
  }

  /** Of the body of the last answer. */
  get bytes(): number {
    return this.received
  }

  /** Gives the status of the answer when it has come in full. */
  once(): Promise<number> {
    this.answer = Promise.withResolvers()
    // Between two answers a server may end what was idle for long.
    if (!this.isOpen) this.socket = this.open()
    this.socket?.write(this.request)
    return this.answer.promise
  }

  close(): void {
    this.socket?.destroy()
    this.socket = undefined
  }

  private open(): Socket {
    // Of an answer that the last connection had begun.
    this.rest = Buffer.alloc(0)
    this.left = undefined
    const socket = connect({ port: this.port, host: '127.0.0.1', noDelay: true })
    const silent = new Error(`the server said nothing for ${this.silentMaxMs} ms`)
    socket.setTimeout(this.silentMaxMs, () => socket.destroy(silent))
    socket.on('data', (bytes: Buffer) => this.take(bytes))
    socket.on('error', (error) => {
      if (this.socket === socket) this.answer.reject(error)
    })
    socket.on('close', () => {
      if (this.socket === socket) this.answer.reject(new Error('the server closed the connection within an answer'))
    })
    return socket
  }

  private take(bytes: Buffer): void {
    let data = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes])
    while (data.length > 0) {
      const used = this.left === undefined ? this.takeHead(data) : this.takeBody(data, this.left)
      if (used === 0) break
      data = data.subarray(used)
    }
    this.rest = data
  }

  private takeHead(data: Buffer): number {
    const end = data.indexOf('\r\n\r\n')
    if (end < 0) return 0
    const head = data.toString('latin1', 0, end).toLowerCase()
    this.received = 0
    this.status = Number(head.slice(9, 12))
    this.chunked = head.includes('\r\ntransfer-encoding: chunked')
    this.closes = head.includes('\r\nconnection: close')
    this.left = this.chunked ? 0 : Number(/\r\ncontent-length: (\d+)/.exec(head)?.[1] ?? 0)
    if (!this.chunked && this.left === 0) this.end()
    return end + 4
  }

  private takeBody(data: Buffer, left: number): number {
    if (left > 0) {
      const used = Math.min(left, data.length)
      this.left = left - used
      this.received += used
      if (this.left === 0 && !this.chunked) this.end()
      return used
    }
    // Between two chunks: the end of the last one's line, maybe, and the size of the next.
    const from = data[0] === 13 ? 2 : 0
    const end = data.indexOf('\r\n', from)
    if (end < 0) return 0
    const size = Number.parseInt(data.toString('latin1', from, end), 16)
    if (size > 0) {
      this.left = size
      return end + 2
    }
    if (data.length < end + 4) return 0
    this.end()
    return end + 4
  }

  private end(): void {
    this.left = undefined
    if (this.closes) this.close()
    this.answer.resolve(this.status)
  }
}
