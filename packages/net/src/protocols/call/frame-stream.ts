import { encodeFrames, FrameReader, type Frame } from '@hither/core'
import type { Duplex } from '../../duplex.ts'
import { WINDOW_AGAIN_BYTES } from '../../limits/streams.ts'
import type { Meter } from '../../traffic.ts'
import { outbox, type Outbox } from './outbox.ts'

export interface FrameEvents {
  /** What goes ahead of all else that is sent now. */
  ahead?(): Frame[]
  /** May throw: the stream is then broken off, and `end` says why. */
  frame(frame: Frame): void
  /** Once. Without `why`: either side closed it. */
  end(why?: Error): void
}

/** A duplex as frames both ways. The first bytes that are no frame end it. */
export interface FrameStream {
  readonly outbox: Outbox
  /** As `Duplex.close`; what still waits in the outbox is dropped. */
  close(withinMs?: number): Promise<void>
  abort(why: Error): void
}

export function frameStream(duplex: Duplex, meter: Meter, events: FrameEvents): FrameStream {
  const reader = new FrameReader()
  const box = outbox({
    ahead: () => events.ahead?.() ?? [],
    write(frames) {
      for (const frame of frames) meter.sent(frame)
      return duplex.send(encodeFrames(frames))
    },
  })
  let ended = false
  /** Since the other side was last given a window. */
  let heardBytes = 0

  const end = (why?: Error): void => {
    if (ended) return
    ended = true
    box.close()
    events.end(why)
  }
  const abort = (why: Error): void => {
    end(why)
    duplex.abort(why)
  }

  duplex.listen({
    data(bytes) {
      heardBytes += bytes.length
      if (heardBytes >= WINDOW_AGAIN_BYTES) {
        heardBytes = 0
        duplex.admit()
      }
      try {
        for (const frame of reader.push(bytes)) {
          if (ended) return
          meter.received(frame)
          events.frame(frame)
        }
      } catch (thrown) {
        abort(thrown instanceof Error ? thrown : new Error(String(thrown)))
      }
    },
    drain: () => box.drained(),
    end(why) {
      // The other side will send no more, so whatever we still have to say interests nobody.
      if (!ended && why === undefined) void duplex.close()
      end(why)
    },
  })

  duplex.admit()

  return {
    outbox: box,
    abort,
    async close(withinMs) {
      if (ended) return
      const closed = duplex.close(withinMs)
      end()
      await closed
    },
  }
}
