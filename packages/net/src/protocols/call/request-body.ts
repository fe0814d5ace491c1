import { incomingBody, type IncomingBody } from '../body/incoming.ts'
import { BODY } from '../body/opening.ts'
import type { BodyStreams } from '../body/streams.ts'

export interface RequestBodyInit {
  /** The call's. */
  id: number
  bodies: BodyStreams
}

/** The body of a request that comes piece by piece: its caller is asked for it when it is read, by a stream. */
export function requestBody(init: RequestBodyInit): IncomingBody {
  const body = incomingBody({ begun: (signal) => void ask(init, body, signal) })
  return body
}

/** Never rejects. */
async function ask({ id, bodies }: RequestBodyInit, body: IncomingBody, signal: AbortSignal): Promise<void> {
  try {
    body.attach(await bodies.open({ kind: BODY.REQUEST, id, framed: 0 }, signal), 0)
  } catch (thrown) {
    body.fail(thrown)
  }
}
