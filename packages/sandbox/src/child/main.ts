import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, fstatSync, readSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import { HitherError } from '@hither/core'
import { FRAME } from '../ipc/frames.ts'
import { WINDOW_BYTES } from '../ipc/limits.ts'
import { MessageWriter } from '../ipc/writer.ts'
import { TETHERED } from '../host/launch/command.ts'
import { serveSandbox } from './loop.ts'

/** A sandbox process: started by the parent with its pipe as descriptor 3, and with the parent's life on stdin. */
const PIPE_FD = 3

/** The bell. What is written there says nothing but that it was. */
const BELL_FD = 1
const STROKE = new Uint8Array(1)

/** What is read at once: all that a body may have under way, with what stands around it. */
const READ_BYTES: number = WINDOW_BYTES + 4096

/** From a file that the parent opened for reading; it has no name. Undefined where it is not what the parent made. */
function readSnapshot(fd: number, hash: string | undefined): ArrayBuffer | undefined {
  try {
    const bytes = new Uint8Array(fstatSync(fd).size)
    // By its place: all processes share the file's position.
    readSync(fd, bytes, 0, bytes.length, 0)
    closeSync(fd)
    return createHash('sha256').update(bytes).digest('hex') === hash ? bytes.buffer : undefined
  } catch {
    // What launched this process did not hand it on.
    return undefined
  }
}

/** Not `process.exit`, which hangs once V8 has lost an isolate. */
const die = (): void => void process.kill(process.pid, 'SIGKILL')

/**
 * Stdin never carries anything, but it ends with the parent. A thread of its own waits for that, since the main one may
 * be in a handler's endless loop just then. It takes 8 MB, so it is for those only whom the kernel does not end.
 */
function startLifeline(): Promise<unknown> {
  const lifeline = new Worker(
    `const { readSync } = require('node:fs')
     try { while (readSync(0, new Uint8Array(1)) > 0); } finally { process.kill(process.pid, 'SIGKILL') }`,
    {
      eval: true,
      env: {},
      // It needs 4 MB to start, a little more or less: what it dies of, all die of.
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1, codeRangeSizeMb: 2 },
    },
  )
  lifeline.on('error', die)
  return once(lifeline, 'online')
}

/** Between this program and the addon. */
const [, , tether, snapshotFd, snapshotHash] = process.argv.slice(0, -1)

const lifeline = tether === TETHERED ? undefined : startLifeline()

/**
 * The pipe. Read into one buffer: else Node takes 64 KiB for each message, however short, and gives back what is too much, which
 * takes longer than reading it does.
 */
const transport: Socket = new Socket({
  fd: PIPE_FD,
  readable: true,
  writable: true,
  onread: {
    buffer: new Uint8Array(READ_BYTES),
    callback: (bytes, buffer) => transport.emit('data', Buffer.from(buffer.buffer, buffer.byteOffset, bytes)),
  },
})

/** What is full for now, or broken, the stream finds out too. */
function writeNow(bytes: Uint8Array): number {
  try {
    return writeSync(PIPE_FD, bytes)
  } catch {
    return 0
  }
}

try {
  const { loadGuest } = await import('./isolate.ts')
  const { remembers } = await import('./guest-code.ts')
  const { bootAhead, startFrom } = await import('./guest-blank.ts')
  const snapshot = snapshotFd === undefined ? undefined : readSnapshot(Number(snapshotFd), snapshotHash)
  if (snapshot !== undefined) {
    startFrom(snapshot)
    // Without one each isolate would take ten times as long, before the process is ready.
    bootAhead()
  }
  // Ready only now, so that starting the thread is nobody's processor time.
  await lifeline
  const ring = (): void => void writeSync(BELL_FD, STROKE)
  // On Windows a write waits for whoever reads from the same pipe, as the stream does all the time.
  const direct = process.platform !== 'win32' && { writeNow }
  serveSandbox({ load: loadGuest, remembers, transport, ...direct, ring, die })
} catch (cause) {
  const error = new HitherError('unsupported', 'isolated-vm cannot be loaded', {
    why: cause instanceof Error ? cause.message : String(cause),
    fix: `install it again with the Node.js that runs this (${process.version}): npm rebuild isolated-vm`,
  })
  const last = new MessageWriter()
  last.message(FRAME.ready, 0, { error: error.toWire() })
  last.drain((parts) => {
    transport.end(Buffer.concat(parts))
    return false
  })
}
