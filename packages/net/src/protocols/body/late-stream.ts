import type { Duplex, DuplexEvents } from '../../duplex.ts'

export interface LateStreamInit {
  /** How many bytes go without a stream. */
  framedMax: number
  /** Sends some of these. */
  frame(bytes: Uint8Array): void
  /** Opens the stream, which goes on after so many. */
  open(framed: number, signal: AbortSignal): Promise<Duplex>
}

/** A duplex for a body whose first bytes go in frames of its call: it needs a stream, and the round trip that one costs, only later. */
export interface LateStream extends Duplex {
  /** Why no stream could be opened, where that ended it. */
  readonly failure: { error: unknown } | undefined
}

export function lateStream(init: LateStreamInit): LateStream {
  return new StreamWhenNeeded(init)
}

class StreamWhenNeeded implements LateStream {
  private readonly init: LateStreamInit
  private readonly unwanted = new AbortController()
  private events: DuplexEvents | undefined
  private stream: Duplex | undefined
  private framed = 0
  failure: { error: unknown } | undefined

  constructor(init: LateStreamInit) {
    this.init = init
  }

  send(bytes: Uint8Array): boolean {
    if (this.stream !== undefined) return this.stream.send(bytes)
    const first = bytes.subarray(0, this.init.framedMax - this.framed)
    this.framed += first.length
    if (first.length > 0) this.init.frame(first)
    if (first.length === bytes.length) return true
    void this.open(bytes.subarray(first.length))
    return false
  }

  listen(events: DuplexEvents): void {
    this.events = events
  }

  admit(): void {
    this.stream?.admit()
  }

  async close(withinMs?: number): Promise<void> {
    await this.stream?.close(withinMs)
  }

  abort(why: Error): void {
    this.unwanted.abort(why)
    this.stream?.abort(why)
  }

  /** Never rejects. */
  private async open(rest: Uint8Array): Promise<void> {
    const { signal } = this.unwanted
    try {
      const stream = await this.init.open(this.framed, signal)
      if (signal.aborted) return stream.abort(signal.reason as Error)
      this.stream = stream
      if (this.events !== undefined) stream.listen(this.events)
      if (stream.send(rest)) this.events?.drain()
    } catch (error) {
      if (signal.aborted) return
      this.failure = { error }
      this.events?.end(new Error('no stream could be opened'))
    }
  }
}
