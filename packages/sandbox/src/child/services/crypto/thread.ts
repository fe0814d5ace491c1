import { extname } from 'node:path'
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads'
import type { CryptoResult } from '../../../guest/wall/crypto.ts'

/** One ask of an isolate; without a text, its end. */
export interface ThreadAsk {
  /** Which reply is to which ask, in the whole process: a reply to another must never be taken for this one's. */
  number: number
  isolate: number
  text?: string
  buffers: readonly ArrayBuffer[]
}

export interface NumberedReply {
  number: number
  reply: ThreadReply
}

export type ThreadReply = { bytes: ArrayBuffer } | { result: CryptoResult } | { error: [name: string, message: string] }

/**
 * The thread sleeps no longer than this without looking up. The parent kills a process whose thread sleeps through many of
 * its looks while the processor is not used at all; on a busy machine the other thread may have to wait for it that long.
 */
const WAIT_MS = 10

let thread: { port: MessagePort; replies: Int32Array } | undefined
let lastNumber = 0

/**
 * Asks the thread with Node's Web Cryptography API, and waits. What a call asks for is thus part of its turn, for which
 * it has the process, with all threads, to itself: the parent sees what it burns and whose it is, and ends what burns too
 * long. Nothing else in the process could tell whose work a pool of threads is at.
 */
export function askThread(ask: Omit<ThreadAsk, 'number'>): ThreadReply {
  const { port, replies } = (thread ??= start())
  const number = ++lastNumber
  port.postMessage({ ...ask, number } satisfies ThreadAsk, [...ask.buffers])
  for (;;) {
    const seen = Atomics.load(replies, 0)
    const reply = replyTo(number, port)
    if (reply !== undefined) return reply
    // To be woken says nothing: the thread counts its reply before it wakes, and may be late to wake for the one before.
    Atomics.wait(replies, 0, seen, WAIT_MS)
  }
}

function replyTo(number: number, port: MessagePort): ThreadReply | undefined {
  for (;;) {
    const received = receiveMessageOnPort(port)?.message as NumberedReply | undefined
    if (received === undefined || received.number === number) return received?.reply
  }
}

/** Nothing more comes of this isolate. */
export function endInThread(isolate: number): void {
  const ask: ThreadAsk = { number: 0, isolate, buffers: [] }
  thread?.port.postMessage(ask, [])
}

/** Only where crypto is used: it takes some 15 MB. */
function start(): { port: MessagePort; replies: Int32Array } {
  const { port1: port, port2 } = new MessageChannel()
  const replies = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  // Beside this file, as a source or in the build.
  const file = new URL(`./worker${extname(import.meta.url)}`, import.meta.url)
  const worker = new Worker(file, {
    env: {},
    workerData: { port: port2, replies },
    transferList: [port2],
    resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2, codeRangeSizeMb: 4 },
  })
  worker.unref()
  port.unref()
  return { port, replies }
}
