import type { Stream } from '@libp2p/interface'
import { GOODBYE_MAX_MS } from './limits/connections.ts'
import { straight } from './straight.ts'

/** A stream of bytes both ways, as far as the protocols need one. */
export interface Duplex {
  /** False: it takes no more until `drain`. What is sent after the end is lost. Never throws. */
  send(bytes: Uint8Array): boolean
  /** Once, and at once: what came before is told then. */
  listen(events: DuplexEvents): void
  /**
   * From the first time on the other side may send no more than a window, and as much again each time. Without it the window
   * opens by itself as bytes come.
   */
  admit(): void
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

/**
 * What every stream of libp2p has and `Stream` does not tell: whether its window opens by itself. `pause` would also keep the
 * bytes that come, as views into all that was read with them, so that few could hold much memory.
 */
interface Windowed {
  sendPause(): void
  sendResume(): void
}

/** A libp2p stream. */
export function duplexOf(stream: Stream): Duplex {
  const window = straight(stream) as Stream & Windowed
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
        if (!isBroken(stream)) end()
      })
      stream.addEventListener('close', ({ error }) => {
        // One that was closed may still have to tell what came before: its `end` follows.
        if (error !== undefined || stream.readableEnded) end(error)
      })
      // What happened before nobody says again.
      if (isBroken(stream)) queueMicrotask(() => end(new Error('it broke before it was listened to')))
      else if (isRead(stream)) queueMicrotask(() => end())
    },

    admit() {
      try {
        window.sendResume()
        window.sendPause()
      } catch {
        // The connection is closed; `end` says so.
      }
    },

    close(withinMs = GOODBYE_MAX_MS) {
      return new Promise((resolve) => {
        if (stream.status !== 'open' && stream.status !== 'closing') return resolve()
        const late = new AbortController()
        const timer = setTimeout(() => late.abort(), withinMs)
        timer.unref()
        const over = (): void => {
          clearTimeout(timer)
          resolve()
        }
        stream.addEventListener('close', over, { once: true })
        late.signal.addEventListener('abort', over, { once: true })
        // A goodbye that the other side does not take in time is cut short.
        stream.close({ signal: late.signal }).catch((cause: Error) => stream.abort(cause))
      })
    },

    abort(why) {
      stream.abort(why)
    },
  }
}

function isBroken({ status }: Stream): boolean {
  return status === 'aborted' || status === 'reset'
}

function isRead({ readableEnded, status, readBufferLength }: Stream): boolean {
  return readableEnded || (status !== 'open' && readBufferLength === 0)
}
