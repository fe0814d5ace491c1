import type { Services } from '@hither/core'
import type { StreamHandler } from '@libp2p/interface'
import {
  BLOCK_STREAMS_MAX,
  BODY_STREAMS_MAX,
  CALL_STREAMS_MAX,
  NAME_STREAMS_MAX,
  SECRETS_STREAMS_MAX,
} from './limits/streams.ts'
import {
  BLOCKS_UNREAD_KEPT_BYTES,
  BLOCKS_UNREAD_MAX_BYTES,
  BLOCKS_UNREAD_PER_PEER_MAX_BYTES,
  BLOCKS_UNREAD_PER_PLACE_MAX_BYTES,
} from './limits/questions.ts'
import type { Node } from './node.ts'
import { answerBlocks, BLOCK } from './protocols/block.ts'
import { BODY_PROTOCOL } from './protocols/body/opening.ts'
import { CALL_PROTOCOL } from './protocols/call/frames.ts'
import { answerNames, NAME } from './protocols/name.ts'
import { answerSecrets, SECRETS } from './protocols/secrets.ts'
import { shares } from './shares.ts'
import type { Timers } from './timers.ts'

export interface OfferInit {
  node: Node
  services: Services
  timers: Timers
  /** Someone opened a call stream. */
  serve: StreamHandler
  /** A runner opened a stream for the body of one of our calls. */
  take: StreamHandler
}

const BLOCKS_UNREAD = {
  maxBytes: BLOCKS_UNREAD_MAX_BYTES,
  eachMaxBytes: BLOCKS_UNREAD_PER_PEER_MAX_BYTES,
  placeMaxBytes: BLOCKS_UNREAD_PER_PLACE_MAX_BYTES,
  keptBytes: BLOCKS_UNREAD_KEPT_BYTES,
}

/** All protocols that others may open streams of, each with its bound. */
export async function offer({ node, services, timers, serve, take }: OfferInit): Promise<void> {
  const protocols: [protocol: string, handler: StreamHandler, streamsMax: number][] = [
    [CALL_PROTOCOL, serve, CALL_STREAMS_MAX],
    [BODY_PROTOCOL, take, BODY_STREAMS_MAX],
    [BLOCK.protocol, answerBlocks({ services, timers, memory: shares(BLOCKS_UNREAD) }), BLOCK_STREAMS_MAX],
    [NAME.protocol, answerNames(services, timers), NAME_STREAMS_MAX],
    [SECRETS.protocol, answerSecrets(services, timers), SECRETS_STREAMS_MAX],
  ]
  for (const [protocol, handler, most] of protocols) {
    await node.handle(protocol, handler, { maxInboundStreams: most, maxOutboundStreams: most })
  }
}
