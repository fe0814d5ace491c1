import { NO_NETWORK, piecesOf, serve } from './network.ts'
import type { Tree } from './tree.ts'

/** What undici, in Node, tells a request's progress to. */
interface Handler {
  onConnect(abort: (error: Error) => void): void
  onHeaders(status: number, headers: Buffer[], resume: () => void, statusText: string): unknown
  /** False: no more until `resume`. */
  onData(piece: Buffer): boolean
  onComplete(trailers: string[]): void
  onError(error: Error): void
}

interface Dispatcher {
  dispatch(options: { origin: string; path: string }, handler: Handler): boolean
}

/** The way out of Node's `fetch`, in the place of sockets. */
export function dispatcherOf(tree: Tree): Dispatcher {
  return {
    dispatch({ origin, path }, handler) {
      let over = false
      const fail = (error: Error): void => {
        if (over) return
        over = true
        handler.onError(error)
      }
      handler.onConnect(fail)
      setImmediate(() => {
        if (over) return
        const served = serve(tree, origin + path)
        if (served === undefined) return fail(new TypeError(NO_NETWORK))
        const pieces = piecesOf(served.bytes)
        const send = (): void => {
          if (over) return
          const piece = pieces.shift()
          if (piece !== undefined) {
            if (handler.onData(Buffer.from(piece))) setImmediate(send)
            return
          }
          over = true
          handler.onComplete([])
        }
        handler.onHeaders(200, [Buffer.from('content-type'), Buffer.from(served.type)], send, 'OK')
        setImmediate(send)
      })
      return true
    },
  }
}

/** undici looks for it under this name, wherever it comes from. */
export function lendDispatcher(dispatcher: Dispatcher): void {
  Object.defineProperty(globalThis, Symbol.for('undici.globalDispatcher.1'), { value: dispatcher, configurable: true })
}
