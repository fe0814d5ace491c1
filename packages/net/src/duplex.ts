import type { Stream } from '@libp2p/interface'
import { GOODBYE_MAX_MS } from './limits.ts'

/** A stream of bytes both ways, as far as the protocols need one. */
export interface Duplex {
  /** False: it takes no more until `drain`. What is sent after the end is lost. Never throws. */
  send(bytes: Uint8Array): boolean
  /** Once, and at once: what came before is told then. */
  listen(events: DuplexEvents): void
  /** Ends it in peace: what was sent still goes out. Resolves when the other side has ended it too, it broke, or time is up. */
  close(withinMs?: number): Promise<void>
  /** Breaks it off. */
  abort(why: Error): void
}

/** None of these may throw: they are called from inside libp2p. */
export interface DuplexEvents {
  data(bytes: Uint8Array): void
  drain(): void
  /** No more comes: the other side closed it, or (`why`) it broke. */
  end(why?: Error): void
}

/** A libp2p stream. */
export function duplexOf(stream: Stream): Duplex {
  return {
    send(bytes) {
      try {
        return stream.send(bytes)
      } catch {
        // It is closed; `end` says so.
        return false
      }
    },

    listen(events) {
      let ended = false
      const end = (why?: Error): void => {
        if (ended) return
        ended = true
        events.end(why)
      }
      stream.addEventListener('message', ({ data }) => {
        if (!ended) events.data(data.subarray())
      })
      stream.addEventListener('drain', () => {
        // libp2p tells every stream when the connection drains, also those whose own window is still shut, and goes on
        // with what they hold in a microtask. Only after that is it known whether more may be sent.
        queueMicrotask(() => {
          if (!ended && !stream.writableNeedsDrain) events.drain()
        })
      })
      stream.addEventListener('end', () => {
        // Also said just before `close` of a stream that broke; only that one knows why.
        if (stream.status !== 'aborted' && stream.status !== 'reset') end()
      })
      stream.addEventListener('close', ({ error }) => end(error))
      const over = stream.readableEnded || (stream.status !== 'open' && stream.readBufferLength === 0)
      if (over) queueMicrotask(() => end())
    },

    close(withinMs = GOODBYE_MAX_MS) {
      const signal = AbortSignal.timeout(Math.ceil(withinMs))
      // A goodbye that the other side does not take in time is cut short.
      stream.close({ signal }).catch((cause: Error) => stream.abort(cause))
      return new Promise((resolve) => {
        if (stream.status !== 'open' && stream.status !== 'closing') return resolve()
        stream.addEventListener('close', () => resolve(), { once: true })
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    },

    abort(why) {
      stream.abort(why)
    },
  }
}
