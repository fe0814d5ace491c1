import type { Outside, OutsideEvents } from '../../packages/sandbox/src/child/outside.ts'
import { WINDOW_BYTES } from '../../packages/sandbox/src/ipc/limits.ts'
import { NO_NETWORK, piecesOf, serve } from './network.ts'
import type { Tree } from './tree.ts'

/** The way out of an isolate, in the place of the parent's. */
export function outsideOf(tree: Tree): Outside {
  return {
    fetch(_call, { url }, events) {
      const sending = new Sending(tree, url, events)
      return {
        hasRoom: true,
        upload: (bytes) => bytes.length,
        uploaded: () => {},
        read: (bytes) => sending.grant(bytes),
        drop: () => sending.stop(),
      }
    },
  }
}

class Sending {
  readonly #events: OutsideEvents
  #pieces: Uint8Array[] = []
  #room: number = WINDOW_BYTES
  #begun = false
  #over = false

  constructor(tree: Tree, url: string, events: OutsideEvents) {
    this.#events = events
    // Nothing comes before the one who asked has what he asked with.
    setImmediate(() => this.#begin(tree, url))
  }

  grant(bytes: number): void {
    this.#room += bytes
    if (this.#begun) setImmediate(() => this.#send())
  }

  stop(): void {
    this.#over = true
  }

  #begin(tree: Tree, url: string): void {
    if (this.#over) return
    const served = serve(tree, url)
    if (served === undefined) {
      this.stop()
      this.#events.failed(NO_NETWORK)
      return
    }
    this.#begun = true
    this.#pieces = piecesOf(served.bytes)
    this.#events.fetched({ status: 200, statusText: 'OK', headers: [['content-type', served.type]] })
    setImmediate(() => this.#send())
  }

  #send(): void {
    while (!this.#over && this.#room > 0) {
      const piece = this.#pieces.shift()
      if (piece === undefined) {
        this.stop()
        this.#events.finished()
        return
      }
      this.#room -= piece.length
      this.#events.piece(piece)
    }
  }
}
