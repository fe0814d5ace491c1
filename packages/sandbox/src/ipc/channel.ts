import type { Duplex } from 'node:stream'
import { encodeFrames, type Frame } from '@hither/core'
import { MessageReader, type Message } from './messages.ts'

export interface ChannelInit {
  stream: Duplex
  /** The longest body that the other end may send, in bytes. */
  maxBodyBytes: number
  onMessage: (message: Message) => void
  /** Once: the other end is gone, or, with an error, what it sent cannot be read. */
  onEnd: (error?: unknown) => void
  /** The kernel has taken all that was written. */
  onDrain?: () => void
}

/** Messages over a pipe, in order. What is sent in one tick is one write, as is what a piece of input brings about. */
export interface Channel {
  send(frames: readonly Frame[]): void
  /** Writes now what was sent. The kernel has it when this returns, unless its buffer is full. */
  flush(): void
  /** Bytes that the kernel has not taken yet. */
  readonly backlogBytes: number
}

export function channel(init: ChannelInit): Channel {
  return new PipeChannel(init)
}

class PipeChannel implements Channel {
  private readonly stream: Duplex
  private readonly reader: MessageReader
  private readonly onMessage: (message: Message) => void
  private readonly onEnd: (error?: unknown) => void
  private readonly onDrain: () => void
  private outbox: Frame[] = []
  private flushing: NodeJS.Immediate | undefined
  private receiving = false
  private ended = false

  constructor({ stream, maxBodyBytes, onMessage, onEnd, onDrain = () => undefined }: ChannelInit) {
    this.stream = stream
    this.reader = new MessageReader(maxBodyBytes)
    this.onMessage = onMessage
    this.onEnd = onEnd
    this.onDrain = onDrain
    stream.on('data', (chunk: Uint8Array) => this.receive(chunk))
    // A process that dies resets the pipe: that is an end like any other.
    stream.on('error', () => this.end())
    stream.on('end', () => this.end())
    stream.on('close', () => this.end())
  }

  get backlogBytes(): number {
    return this.stream.writableLength
  }

  send(frames: readonly Frame[]): void {
    if (this.ended) return
    this.outbox.push(...frames)
    // What was received is followed by a flush.
    if (!this.receiving)
      this.flushing ??= setImmediate(() => {
        this.flushing = undefined
        this.flush()
      })
  }

  flush(): void {
    if (this.outbox.length === 0 || this.ended) return
    const bytes = encodeFrames(this.outbox)
    this.outbox = []
    // Not the `drain` event, which comes only after a long backlog.
    this.stream.write(bytes, () => {
      if (this.backlogBytes === 0) this.onDrain()
    })
  }

  private receive(chunk: Uint8Array): void {
    if (this.ended) return
    this.receiving = true
    try {
      for (const message of this.reader.push(chunk)) this.onMessage(message)
    } catch (error) {
      this.end(error)
    } finally {
      this.receiving = false
    }
    this.flush()
  }

  private end(error?: unknown): void {
    if (this.ended) return
    this.ended = true
    clearImmediate(this.flushing)
    this.outbox = []
    this.onEnd(error)
  }
}
