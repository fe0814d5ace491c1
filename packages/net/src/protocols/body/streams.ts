import { HitherError } from '@hither/core'
import type { Connection } from '@libp2p/interface'
import { duplexOf, type Duplex } from '../../duplex.ts'
import { reasonOf } from '../../errors.ts'
import { FLOWING_CALLS_MAX } from '../../limits/streams.ts'
import { BODY_PROTOCOL, encodeOpening, type Opening } from './opening.ts'
import { places } from './places.ts'

/** Opens the streams for bodies of the calls that came on one connection. */
export interface BodyStreams {
  /** A stream for a body. Waits for its turn; rejects with the signal's reason, or as `link-lost` where none can be had. */
  open(opening: Opening, signal: AbortSignal): Promise<Duplex>
}

export function bodyStreams(connection: Connection): BodyStreams {
  const flowing = places(FLOWING_CALLS_MAX)
  return {
    async open(opening, signal) {
      const leave = await flowing.enter(opening.id, signal)
      try {
        const stream = await connection.newStream(BODY_PROTOCOL, { signal })
        if (stream.status !== 'open') throw new Error('the other side broke it off')
        stream.addEventListener('close', leave, { once: true })
        const duplex = duplexOf(stream)
        duplex.send(encodeOpening(opening))
        return duplex
      } catch (cause) {
        leave()
        signal.throwIfAborted()
        throw new HitherError('link-lost', 'no stream could be opened for a body', { why: reasonOf(cause), cause })
      }
    },
  }
}
