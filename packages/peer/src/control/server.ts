import { rmSync } from 'node:fs'
import { chmod, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { FrameReader, HitherError, type Frame } from '@hither/core'
import { diskError } from '@hither/store'
import type { Logger } from 'pino'
import type { PeerApi } from '../api.ts'
import { codeOf } from '../home/error-code.ts'
import { locked } from '../home/lock.ts'
import { isPipe } from '../home/paths.ts'
import { CONTROL_CLOSE_MS, CONTROL_MESSAGE_BYTES } from '../limits/home.ts'
import { answerRequest, type Answering } from './answer.ts'
import { isControlAlive } from './client.ts'
import { CONTROL } from './messages.ts'

export interface ControlServer {
  /** Lets what was asked be answered, but not for long: the peer itself has stopped by then. */
  close(): Promise<void>
}

export interface ControlInit {
  /** Path of the socket; its mode is 0600, so only this user (and root) can speak to the peer. Of a pipe the system decides. */
  path: string
}

/** Serves a peer to other processes of its user. Throws `already-running` where another peer has the socket. */
export async function serveControl(
  { path }: ControlInit,
  { api, log }: { api: PeerApi; log: Logger },
): Promise<ControlServer> {
  const sockets = new Set<Socket>()
  const answering = new Set<Promise<void>>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    serveSocket(socket, { api, log, answering })
  })
  // Of two that start at once the second finds the first, instead of taking its socket away. Of a pipe the system sees to that.
  await (isPipe(path) ? occupy(server, path) : locked(path, () => occupy(server, path)))
  // A process that ends at once closes nothing: what is left would look like a peer.
  const tidy = (): void => {
    if (!isPipe(path)) rmSync(path, { force: true })
  }
  process.once('exit', tidy)
  return {
    async close() {
      process.off('exit', tidy)
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      await Promise.race([Promise.all(answering), closeTime()])
      // `end` lets what was written leave; whoever holds on to its side is not waited for, nor for long who does not read.
      for (const socket of sockets) socket.end(() => socket.destroy())
      await Promise.race([closed, closeTime()])
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** Throws as `serveControl`. */
async function occupy(server: Server, path: string): Promise<void> {
  if (await isControlAlive(path)) {
    throw new HitherError('already-running', 'a peer of this home is running already', {
      why: `it answers on ${path}`,
      fix: 'use it as it is, stop it first, or give this one another folder with --home',
    })
  }
  // Left behind by a peer that was killed.
  if (!isPipe(path)) {
    await rm(path, { force: true }).catch((thrown: unknown) => {
      throw diskError(thrown, path)
    })
  }
  await listen(server, path)
}

function closeTime(): Promise<void> {
  return pause(CONTROL_CLOSE_MS, undefined, { ref: false })
}

/** What the system calls a path that does not fit an address. */
const TOO_LONG = 'EINVAL'

async function listen(server: Server, path: string): Promise<void> {
  // The socket must never be open to others, not even between bind and chmod.
  const before = process.umask(0o177)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, () => resolve())
    })
  } catch (cause) {
    if (codeOf(cause) !== TOO_LONG) throw diskError(cause, path)
    throw new HitherError('bad-config', `the control socket ${path} cannot be made`, {
      why: cause instanceof Error ? cause.message : String(cause),
      fix: 'the system allows some 100 characters for its path: choose a shorter folder with --home',
      cause,
    })
  } finally {
    process.umask(before)
  }
  if (!isPipe(path)) await chmod(path, 0o600)
}

interface Serving {
  api: PeerApi
  log: Logger
  /** Requests of all sockets that are not answered yet. */
  answering: Set<Promise<void>>
}

function serveSocket(socket: Socket, { api, log, answering }: Serving): void {
  const reader = new FrameReader(CONTROL_MESSAGE_BYTES)
  const running = new Map<number, Answering>()

  const take = (frame: Frame): void => {
    if (frame.type !== CONTROL.REQUEST) return running.get(frame.id)?.take(frame)
    const begun = answerRequest({ frame, api, write: (bytes) => void socket.write(bytes) })
    running.set(frame.id, begun)
    answering.add(begun.done)
    void begun.done.finally(() => {
      running.delete(frame.id)
      answering.delete(begun.done)
    })
  }

  socket.on('data', (chunk) => {
    try {
      for (const frame of reader.push(chunk)) take(frame)
    } catch (error) {
      log.warn({ err: error }, 'a control client sent what cannot be read')
      socket.destroy()
    }
  })
  socket.on('error', (error) => log.debug({ err: error }, 'a control client went away'))
  socket.on('close', () => {
    for (const one of running.values()) one.cancel()
  })
}
