import { HitherError } from '@hither/core'
import type { PeerApi } from '@hither/peer'

/** A peer to speak to, while it lasts. */
export interface Session {
  api: Pick<PeerApi, 'call' | 'receipt'>
  /** It went away by itself. */
  gone(): boolean
  close(): Promise<void>
}

/** One session after the other: where a peer has gone away, the next need opens another. Calls that were under way are lost. */
export interface Sessions {
  current(): Promise<Session>
  close(): Promise<void>
}

export function sessions(open: () => Promise<Session>): Sessions {
  let latest: Promise<Session> | undefined
  let closed = false

  function reopen(): Promise<Session> {
    if (closed) throw new HitherError('cancelled', 'the net was closed')
    const opening = open()
    latest = opening
    // What cannot be opened now may be at the next need.
    opening.catch(() => {
      if (latest === opening) latest = undefined
    })
    return opening
  }

  return {
    async current() {
      const before = latest
      if (before !== undefined && !(await before).gone()) return before
      // Of several that find it gone, the first opens another for all.
      return latest !== undefined && latest !== before ? latest : reopen()
    },
    async close() {
      closed = true
      // Whoever waits for one that does not open is told there.
      const session = await latest?.catch(() => undefined)
      await session?.close()
    },
  }
}
