import type { Gateway } from '@hither/gateway'
import type { Drained, Peer, PeerApi } from '@hither/peer'

/** How `fn up` comes to its end: by a signal, or because `fn down` asks for it. */
export interface Ending {
  /** Resolves when it shall end. */
  readonly wanted: Promise<void>
  /** The peer's own `down`, of a peer that has a gateway and a process around it. */
  readonly down: PeerApi['down']
  /** Takes no more work, lets what runs finish for the time there is, and closes everything. */
  end(peer: Pick<Peer, 'stop'>, http: Pick<Gateway, 'stop'> | undefined): Promise<Drained>
}

export interface EndingInit {
  /** Fires at the first signal; where the peer is ending already by then, what runs is cut. */
  signal: AbortSignal
  /** What runs may finish for so long; undefined leaves it to peer and gateway. */
  graceMs: number | undefined
}

export function ending({ signal, graceMs }: EndingInit): Ending {
  const wanted = Promise.withResolvers<void>()
  const enough = Promise.withResolvers<void>()
  const over = Promise.withResolvers<Drained>()
  let isWanted = false
  const want = (cut: boolean): void => {
    if (cut) enough.resolve()
    isWanted = true
    wanted.resolve()
  }
  if (signal.aborted) want(false)
  signal.addEventListener('abort', () => want(isWanted), { once: true })
  return {
    wanted: wanted.promise,
    async down({ now = false } = {}) {
      want(now)
      return { ...(await over.promise), pid: process.pid }
    },
    async end(peer, http) {
      const stop = async (ms: number | undefined): Promise<Drained> => {
        const grace = ms === undefined ? {} : { graceMs: ms }
        const [drained] = await Promise.all([peer.stop(grace), http?.stop(grace)])
        return drained
      }
      const drained = stop(graceMs)
      // Its failures are those of the first stop, which is waited for.
      void enough.promise.then(() => stop(0)).catch(() => undefined)
      over.resolve(drained)
      return drained
    },
  }
}
