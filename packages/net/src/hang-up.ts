import type { Connection } from '@libp2p/interface'
import { GOODBYE_MAX_MS } from './limits.ts'

/** Ends a connection: in peace where nothing went wrong, else at once. Resolves when it is closed; never rejects. */
export function hangUp(connection: Connection, cause?: Error): Promise<void> {
  return new Promise((resolve) => {
    connection.addEventListener('close', () => resolve(), { once: true })
    if (cause !== undefined) connection.abort(cause)
    else if (connection.status === 'open') {
      const signal = AbortSignal.timeout(GOODBYE_MAX_MS)
      connection.close({ signal }).catch((thrown: Error) => connection.abort(thrown))
    } else {
      // The goodbye was said before; whoever asks again does not want to wait for its end.
      connection.abort(new Error('the connection was closed twice'))
    }
    if (connection.status !== 'open' && connection.status !== 'closing') resolve()
  })
}
