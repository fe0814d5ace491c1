import { connect, type Socket } from 'node:net'
import {
  encodeFrames,
  FrameReader,
  fromWire,
  decodeMessage,
  HitherError,
  readError,
  toHitherError,
  type Frame,
  type Options,
} from '@hither/core'
import type { PeerApi } from '../api.ts'
import { CONTROL_MESSAGE_BYTES } from '../limits.ts'
import { CONTROL, ControlBodies, controlFrames } from './messages.ts'
import { CONTROL_METHODS } from './methods.ts'

/** A peer in another process: the same interface, over its control socket. */
export interface ControlClient extends PeerApi {
  close(): void
}

/** Undefined where no peer answers on that socket. */
export async function connectControl(path: string): Promise<ControlClient | undefined> {
  const socket = await open(path)
  return socket === undefined ? undefined : client(socket)
}

export async function isControlAlive(path: string): Promise<boolean> {
  const socket = await open(path)
  socket?.destroy()
  return socket !== undefined
}

function open(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => resolve(socket))
    // No such file, or a file that nobody listens on: either way, no peer.
    socket.once('error', () => resolve(undefined))
  })
}

interface Waiting {
  method: string
  resolve(result: unknown): void
  reject(error: HitherError): void
  onProgress?: ((event: never) => void) | undefined
}

function client(socket: Socket): ControlClient {
  const reader = new FrameReader(CONTROL_MESSAGE_BYTES)
  const bodies = new ControlBodies()
  const waiting = new Map<number, Waiting>()
  let last = 0

  const take = (frame: Frame): void => {
    const request = waiting.get(frame.id)
    if (frame.type === CONTROL.DATA) bodies.add(frame)
    else if (frame.type === CONTROL.PROGRESS) request?.onProgress?.(decodeMessage(frame.payload) as never)
    else if (frame.type === CONTROL.RESULT) request?.resolve(bodies.read(frame, 'result')['result'])
    else if (frame.type === CONTROL.ERROR) request?.reject(fromWire(readError(decodeMessage(frame.payload))))
  }
  const fail = (why: string): void => {
    for (const request of waiting.values()) {
      // A call may have been sent on before: nobody can say that nothing ran.
      const code = request.method === 'call' ? 'link-lost' : 'peer-unreachable'
      request.reject(new HitherError(code, 'the peer on this machine went away', { why }))
    }
  }

  socket.on('data', (chunk) => {
    try {
      for (const frame of reader.push(chunk)) take(frame)
    } catch (error) {
      fail(toHitherError(error).message)
      socket.destroy()
    }
  })
  socket.on('error', (error) => fail(error.message))
  socket.on('close', () => fail('its control socket closed'))

  const request = (method: string, params: unknown, options: Options = {}): Promise<unknown> => {
    const id = ++last
    const { signal, onProgress } = options
    const cancel = (): void => {
      socket.write(encodeFrames([{ type: CONTROL.CANCEL, id, payload: new Uint8Array(0) }]))
      waiting.get(id)?.reject(toHitherError(signal?.reason))
    }
    return new Promise<unknown>((resolve, reject) => {
      waiting.set(id, { method, resolve, reject, onProgress })
      signal?.addEventListener('abort', cancel, { once: true })
      socket.write(controlFrames(CONTROL.REQUEST, id, { method, params: params ?? null }))
    }).finally(() => {
      waiting.delete(id)
      signal?.removeEventListener('abort', cancel)
    })
  }

  const methods = CONTROL_METHODS.map((method) => [
    method,
    (params?: unknown, options?: Options) => request(method, params, options),
  ])
  return Object.assign(Object.fromEntries(methods) as PeerApi, { close: () => void socket.end() })
}
