import { connect, type Socket } from 'node:net'
import {
  FrameReader,
  HitherError,
  isWhole,
  mayFail,
  toHitherError,
  WHOLE_BODY_MAX_BYTES,
  type Body,
  type CallProgress,
  type Options,
} from '@hither/core'
import type { CallParams, CallResult, PeerApi } from '../api.ts'
import { CONTROL_MESSAGE_BYTES } from '../limits/home.ts'
import { CONTROL_METHODS } from './methods.ts'
import { request, type Request } from './request.ts'

/** A peer in another process: the same interface, over its control socket. */
export interface ControlClient extends PeerApi {
  /** The socket is closed, from whichever side: nothing can be asked any more. */
  readonly closed: boolean
  close(): void
}

/** Undefined where no peer answers on that socket. */
export async function connectControl(path: string): Promise<ControlClient | undefined> {
  const socket = await open(path)
  return socket === undefined ? undefined : new SocketClient(socket).api()
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

class SocketClient {
  private readonly socket: Socket
  private readonly reader = new FrameReader(CONTROL_MESSAGE_BYTES)
  private readonly requests = new Map<number, Request>()
  private lastId = 0
  private gone: string | undefined

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk) => this.receive(chunk))
    socket.on('error', (error) => this.fail(error.message))
    socket.on('close', () => this.fail('its control socket closed'))
  }

  api(): ControlClient {
    const methods = CONTROL_METHODS.map((method) => [
      method,
      async (params?: unknown, options?: Options) => this.begin(method, params, options).result,
    ])
    const { socket } = this
    return {
      ...(Object.fromEntries(methods) as unknown as PeerApi),
      call: (params, options) => this.call(params, options),
      get closed() {
        return socket.destroyed
      },
      close: () => void socket.end(),
    }
  }

  private async call({ body, ...params }: CallParams, options?: Options<CallProgress>): Promise<CallResult> {
    const whole = body !== undefined && isWhole(body) && body.length <= WHOLE_BODY_MAX_BYTES
    const { head, stream, result } = this.begin(
      'call',
      whole ? { ...params, body } : params,
      options,
      whole ? undefined : body,
    )
    const known = (await head) as Omit<CallResult, 'body' | 'ended' | 'report'> & { body?: Uint8Array }
    const ended = mayFail(result.then(() => undefined))
    return { ...known, body: known.body ?? stream, ended, report: result as CallResult['report'] }
  }

  private begin(method: string, params: unknown, options: Options = {}, body?: Body): Request {
    const id = ++this.lastId
    const begun = request({
      id,
      content: { method, params: params ?? null },
      body,
      options,
      write: (bytes) => void this.socket.write(bytes),
      over: () => this.requests.delete(id),
    })
    if (begun.over) return begun
    this.requests.set(id, begun)
    // Certainly not sent.
    if (this.gone !== undefined) begun.fail(new HitherError('peer-unreachable', WENT_AWAY, { why: this.gone }))
    return begun
  }

  private receive(chunk: Uint8Array): void {
    try {
      for (const frame of this.reader.push(chunk)) this.requests.get(frame.id)?.take(frame)
    } catch (error) {
      this.fail(toHitherError(error).message)
      this.socket.destroy()
    }
  }

  private fail(why: string): void {
    this.gone ??= why
    for (const one of this.requests.values()) one.fail(wentAway(one.method, why))
  }
}

const WENT_AWAY = 'the peer on this machine went away'

/** A call may have been sent on before: nobody can say that nothing ran. */
function wentAway(method: string, why: string): HitherError {
  const code = method === 'call' ? 'link-lost' : 'peer-unreachable'
  return new HitherError(code, WENT_AWAY, { why })
}
