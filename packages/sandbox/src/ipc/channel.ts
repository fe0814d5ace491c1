import type { Duplex, Readable } from 'node:stream'
import { giveBack } from '@hither/core'
import { Ears, unreadOf } from './ears.ts'
import { FRAME } from './frames.ts'
import { writeAnswer, writeCall, type AnswerHead, type CallHead } from './heads.ts'
import { MessageReader, type Message } from './messages.ts'
import { MessageWriter } from './writer.ts'

export interface ChannelInit {
  stream: Duplex
  /** The longest body that the other end may send in one message, in bytes. */
  maxBodyBytes: number
  onMessage: (message: Message) => void
  /** Once: the other end is gone, or, with an error, what it sent cannot be read. */
  onEnd: (error?: unknown) => void
  /** The kernel has taken all that was written. */
  onDrain?: () => void
  /** Nothing goes out until `open`. */
  shut?: boolean
  /** Writes at once what there is room for, and says how many bytes that was: the stream, which has the rest, takes longer over a short message than the kernel does. */
  writeNow?: (bytes: Uint8Array) => number
  /** Each chunk that the stream gives is only lent: it reads the next into the same memory. */
  lent?: boolean
  /** Each is alone in its memory, and this end's for good. */
  alone?: boolean
  /** Where the other end rings, when it has answered calls that went out together: it wakes this end for all of them once. */
  bell?: Readable | null
}

/** What can be said over a pipe. All of it arrives in order. */
export interface Pipe {
  /** A message whose head is JSON. */
  send(type: number, id: number, head?: object, body?: Uint8Array): void
  /** A message that is nothing but bytes of a body on its way. `given`: the sender has no further use for them, nor has anybody else. */
  piece(type: number, id: number, bytes: Uint8Array, given?: boolean): void
  call(id: number, head: CallHead, body?: Uint8Array): void
  answer(id: number, head: AnswerHead, body: Uint8Array): void
}

/** Both ways. What is sent in one tick is one write, as is what a piece of input brings about. */
export interface Channel extends Pipe {
  /** Writes now what was sent. The kernel has it when this returns, unless its buffer is full. */
  flush(): void
  /** From now on what is sent goes out. */
  open(): void
  /**
   * Reads what the other end has written, whether it rang or not, before the event loop comes to its immediates. `always`: from now on
   * whatever it writes is read at once.
   */
  listen(always?: boolean): void
  /** What the other end may have written is not listened for just now. */
  readonly unheard: boolean
  /** Bytes that the kernel has not taken yet. */
  readonly backlogBytes: number
}

export function channel(init: ChannelInit): Channel {
  return new PipeChannel(init)
}

/** To a process that was never there. */
export const NOWHERE: Channel = {
  send: () => undefined,
  piece: () => undefined,
  call: () => undefined,
  answer: () => undefined,
  flush: () => undefined,
  open: () => undefined,
  listen: () => undefined,
  unheard: false,
  backlogBytes: 0,
}

class PipeChannel implements Channel {
  private readonly stream: Duplex
  private readonly reader: MessageReader
  private readonly writer = new MessageWriter()
  private readonly onMessage: (message: Message) => void
  private readonly onEnd: (error?: unknown) => void
  private readonly onDrain: () => void
  private flushing: NodeJS.Immediate | undefined
  private receiving = false
  private shut: boolean
  private readonly alone: boolean
  private readonly writeNow: (bytes: Uint8Array) => number
  private ended = false
  private ears: Ears | undefined
  /** Calls that go out together. */
  private together = 0
  private readonly given = new WeakSet<Uint8Array>()

  constructor({
    stream,
    maxBodyBytes,
    onMessage,
    onEnd,
    onDrain = () => undefined,
    shut = false,
    lent = false,
    alone = false,
    writeNow = () => 0,
    bell,
  }: ChannelInit) {
    this.stream = stream
    this.ears = bell ? new Ears(stream, bell) : undefined
    this.reader = new MessageReader(maxBodyBytes, lent)
    this.alone = alone
    this.writeNow = writeNow
    this.onMessage = onMessage
    this.onEnd = onEnd
    this.onDrain = onDrain
    this.shut = shut
    stream.on('data', (chunk: Buffer) => this.receive(chunk))
    // A process that dies resets the pipe: that is an end like any other.
    stream.on('error', () => this.end())
    stream.on('end', () => this.end())
    stream.on('close', () => this.end())
  }

  get unheard(): boolean {
    return this.ears?.closed === true
  }

  get backlogBytes(): number {
    return this.stream.writableLength
  }

  send(type: number, id: number, head?: object, body?: Uint8Array): void {
    if (this.ended) return
    this.writer.message(type, id, head, body)
    this.soon()
  }

  piece(type: number, id: number, bytes: Uint8Array, given: boolean = false): void {
    if (given) this.given.add(bytes)
    this.send(type, id, undefined, bytes)
  }

  call(id: number, head: CallHead, body?: Uint8Array): void {
    if (this.ended) return
    this.together += 1
    if (this.together === 2 && this.ears !== undefined) this.writer.message(FRAME.hush, 0)
    writeCall(this.writer, id, head, body)
    this.soon()
  }

  answer(id: number, head: AnswerHead, body: Uint8Array): void {
    if (this.ended) return
    writeAnswer(this.writer, id, head, body)
    this.soon()
  }

  open(): void {
    this.shut = false
    this.flush()
  }

  listen(always: boolean = false): void {
    this.ears?.open()
    if (always) this.ears = undefined
  }

  flush(): void {
    if (this.writer.empty || this.shut || this.ended) return
    const ears = this.together > 1 ? this.ears : undefined
    this.together = 0
    if (ears !== undefined) this.writer.message(FRAME.ring, 0)
    this.writer.drain(this.write)
    ears?.close()
  }

  private readonly write = (all: readonly Uint8Array[]): boolean => {
    const { stream } = this
    const parts = this.unwritten(all)
    if (parts.length > 1) stream.cork()
    for (const part of parts) stream.write(part, (error) => this.written(part, error))
    if (parts.length > 1) stream.uncork()
    // What the kernel did not take at once, the stream still needs.
    return this.backlogBytes === 0
  }

  /** What the stream has to write of it: all, behind what it has already. */
  private unwritten(parts: readonly Uint8Array[]): readonly Uint8Array[] {
    if (this.backlogBytes > 0) return parts
    for (const [at, part] of parts.entries()) {
      const bytes = this.writeNow(part)
      if (bytes < part.length) return [part.subarray(bytes), ...parts.slice(at + 1)]
    }
    return []
  }

  /** Not the `drain` event, which comes only after a long backlog. */
  private written(part: Uint8Array, error?: Error | null): void {
    if (error) return this.finish()
    // Not before: until then the system may still read from there.
    if (this.given.has(part)) giveBack(part)
    if (this.backlogBytes === 0) this.onDrain()
  }

  /** There is nobody to write to. The stream closes itself for that, whatever the other end wrote before it went. */
  private finish(): void {
    this.shut = true
    for (const chunk of unreadOf(this.stream)) this.receive(chunk)
    this.end()
  }

  private soon(): void {
    // What was received is followed by a flush.
    if (this.receiving || this.shut || this.flushing !== undefined) return
    this.flushing = setImmediate(this.flushed)
  }

  private readonly flushed = (): void => {
    this.flushing = undefined
    this.flush()
  }

  private receive(chunk: Buffer): void {
    if (this.ended) return
    this.receiving = true
    try {
      // With what Node, which reads into 64 KiB, leaves unused behind it where that is little; never a pool of many.
      const fills = chunk.byteOffset === 0 && 2 * chunk.length >= chunk.buffer.byteLength
      if (this.reader.push(chunk, this.onMessage) && this.alone && fills) giveBack(new Uint8Array(chunk.buffer))
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
    this.onEnd(error)
  }
}
