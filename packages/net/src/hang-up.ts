import type { Connection } from '@libp2p/interface'
import { GOODBYE_MAX_MS } from './limits/connections.ts'

/** Ends a connection: in peace where nothing went wrong, else at once. Resolves when it is closed; never rejects. */
export function hangUp(connection: Connection, cause?: Error): Promise<void> {
  // Whoever calls may do so from inside the end of the connection's muxer, which must say its last word first: where the socket
  // is gone by then it throws, out of everybody's reach.
  const abort = (why: Error): void => queueMicrotask(() => connection.abort(why))
  return new Promise((resolve) => {
    connection.addEventListener('close', () => resolve(), { once: true })
    if (cause !== undefined) abort(cause)
    else if (connection.status === 'open') {
      const signal = AbortSignal.timeout(GOODBYE_MAX_MS)
      connection.close({ signal }).catch(abort)
    } else {
      // The goodbye was said before; whoever asks again does not want to wait for its end.
      abort(new Error('the connection was closed twice'))
    }
    if (connection.status !== 'open' && connection.status !== 'closing') resolve()
  })
}
