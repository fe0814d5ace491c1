import { HitherError } from '@hither/core'
import type { Connection } from '@libp2p/interface'
import { duplexOf, type Duplex } from '../../duplex.ts'
import { reasonOf } from '../../errors.ts'
import { gate, type Gate } from '../../gate.ts'
import { BODIES_AT_ONCE_MAX } from '../../limits.ts'
import { BODY, BODY_PROTOCOL, encodeOpening, type BodyKind, type Opening } from './opening.ts'

/** Where the bodies of a connection's calls go. */
export interface BodyStreams {
  /** A stream for a body. Waits for its turn; rejects with the signal's reason, or as `link-lost` where none can be had. */
  open(opening: Opening, signal: AbortSignal): Promise<Duplex>
}

/** Requests do not wait behind answers, nor answers behind requests: either may be what the other waits for. */
export function bodyStreams(connection: Connection): BodyStreams {
  const gates: Record<BodyKind, Gate> = {
    [BODY.REQUEST]: gate(BODIES_AT_ONCE_MAX),
    [BODY.ANSWER]: gate(BODIES_AT_ONCE_MAX),
  }
  return {
    async open(opening, signal) {
      const leave = await gates[opening.kind].enter(signal)
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
