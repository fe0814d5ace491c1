import { NO_NETWORK, piecesOf, serve } from './network.ts'
import type { Tree } from './tree.ts'

/** What undici, in Node, tells a request's progress to. */
interface Handler {
  onRequestStart(controller: Controller): void
  onResponseStart(controller: Controller, status: number, headers: Record<string, string>, statusText: string): void
  onResponseData(controller: Controller, piece: Buffer): void
  onResponseEnd(controller: Controller, trailers: Record<string, string>): void
  onResponseError(controller: Controller, error: Error): void
}

/** What it steers the request with. */
interface Controller {
  abort(error: Error): void
  /** No more pieces until `resume`. */
  pause(): void
  resume(): void
  readonly rawHeaders: string[]
}

interface Dispatcher {
  dispatch(options: { origin: string; path: string }, handler: Handler): boolean
}

/** The way out of Node's `fetch`, in the place of sockets. */
export function dispatcherOf(tree: Tree): Dispatcher {
  return {
    dispatch({ origin, path }, handler) {
      let over = false
      let paused = false
      let pieces: Uint8Array[] = []
      const controller: Controller = {
        rawHeaders: [],
        abort(error) {
          if (over) return
          over = true
          handler.onResponseError(controller, error)
        },
        pause() {
          paused = true
        },
        resume() {
          paused = false
          setImmediate(send)
        },
      }
      const send = (): void => {
        if (over || paused) return
        const piece = pieces.shift()
        if (piece === undefined) {
          over = true
          handler.onResponseEnd(controller, {})
          return
        }
        handler.onResponseData(controller, Buffer.from(piece))
        setImmediate(send)
      }
      handler.onRequestStart(controller)
      setImmediate(() => {
        if (over) return
        const served = serve(tree, origin + path)
        if (served === undefined) return controller.abort(new TypeError(NO_NETWORK))
        pieces = piecesOf(served.bytes)
        controller.rawHeaders.push('content-type', served.type)
        handler.onResponseStart(controller, 200, { 'content-type': served.type }, 'OK')
        setImmediate(send)
      })
      return true
    },
  }
}

/** undici looks for it under this name, wherever it comes from. */
export function lendDispatcher(dispatcher: Dispatcher): void {
  Object.defineProperty(globalThis, Symbol.for('undici.globalDispatcher.2'), { value: dispatcher, configurable: true })
}
