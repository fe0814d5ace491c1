import { HitherError } from '@hither/core'
import type { PeerApi } from '@hither/peer'

/** A peer to speak to, while it lasts. */
export interface Session {
  api: Pick<PeerApi, 'call' | 'receipt' | 'explain'>
  /** It went away by itself. */
  gone(): boolean
  close(): Promise<void>
}

/** One session after the other: where a peer has gone away, the next need opens another. Calls that were under way are lost. */
export interface Sessions {
  /** At once while there is one. */
  current(): Session | Promise<Session>
  close(): Promise<void>
}

export function sessions(open: () => Promise<Session>): Sessions {
  let latest: Promise<Session> | undefined
  /** It, once it is open. */
  let here: Session | undefined
  let closed = false

  function reopen(): Promise<Session> {
    if (closed) throw new HitherError('cancelled', 'the net was closed')
    const opening = open()
    latest = opening
    here = undefined
    void follow(opening)
    return opening
  }

  async function follow(opening: Promise<Session>): Promise<void> {
    try {
      const session = await opening
      if (latest === opening) here = session
    } catch {
      // What cannot be opened now may be at the next need.
      if (latest === opening) latest = undefined
    }
  }

  async function renewed(): Promise<Session> {
    const before = latest
    if (before !== undefined && !(await before).gone()) return before
    // Of several that find it gone, the first opens another for all.
    return latest !== undefined && latest !== before ? latest : reopen()
  }

  return {
    current: () => (here?.gone() === false ? here : renewed()),
    async close() {
      closed = true
      // Whoever waits for one that does not open is told there.
      const session = await latest?.catch(() => undefined)
      await session?.close()
    },
  }
}
