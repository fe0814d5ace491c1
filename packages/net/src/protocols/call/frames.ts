import { BODY_MAX_BYTES, HitherError } from '@hither/core'

export const CALL_PROTOCOL = '/hither/call/1'

/**
 * The frames of a call stream. It is opened by the caller and stays open; the id tells calls apart and only grows.
 *
 *     caller → runner   CALL DATA* END      |  CALL STREAM END        then, at any time, CANCEL
 *     runner → caller   HEAD DATA* TRAILER  |  HEAD STREAM DATA* TRAILER  |  TRAILER with an error  |  REFUSED
 *     caller → runner   PING, answered by PONG; WANT_KIT, answered by KIT
 *     runner → caller   SEAL, some time after each TRAILER with a receipt, for many of them at once
 *     runner → caller   NEWS, at any time; ADVERTS before a PONG whose PING asked for them
 */
export const FRAME = {
  /** Opens a call. Payload: `encodeCallHeader`. */
  CALL: 1,
  /** The next bytes of a request's or an answer's body: at least one. */
  DATA: 2,
  /** The request is complete; only now may the handler run. No payload; after STREAM the body's length, as u64. */
  END: 3,
  /** The caller gave up: nothing more is answered. No payload. */
  CANCEL: 4,
  /**
   * Are you there? The id is the ping's own number. Payload: none, or a byte of `PING_SAYS` and what that says.
   */
  PING: 5,
  /** Status and headers. Payload: `encodeResponseHead`. */
  HEAD: 6,
  /** How the run ended; without it an answer is a failure. Payload: `encodeTrailer`. */
  TRAILER: 7,
  /** A no before anything ran. Payload: `encodeRefusal`, then as PONG. */
  REFUSED: 8,
  /** Answers the PING of the same id. Payload: `encodeNews`, or nothing where nothing is new; what comes first may be news. */
  PONG: 9,
  /**
   * The body comes piece by piece, so whoever waits for it may begin at once. A request comes on a stream that the runner opens
   * when its handler begins to read; an answer in frames at first, and on such a stream when it is longer. No payload.
   */
  STREAM: 10,
  /**
   * What is new of the runner since it said anything of itself on this stream: `encodeNews`. Its id is 0. Comes before a TRAILER, and
   * by itself to those who called not long ago.
   */
  NEWS: 12,
  /** What the runner knows of others. Payload: `encodeAdverts`. Its id is 0. */
  ADVERTS: 13,
  /**
   * The signature of receipts, with the calls that it is for: `encodeSeals`. Its id is 0. Or nothing, with the id of one call whose answer
   * the runner could not sign.
   */
  SEAL: 14,
  /** Asks for what it takes to run a function. The id is the question's own number. Payload: a map of its CID and of who is to vouch for it. */
  WANT_KIT: 15,
  /** Answers the WANT_KIT of the same id. Payload: a map of what there is. */
  KIT: 16,
} as const

/** Bits of what a PING says. */
export const PING_SAYS = {
  /** It makes calls, and chooses by what it hears: it wants NEWS unasked until a PING says otherwise, or none comes for long. */
  listens: 1,
  /** It wants ADVERTS now. What follows says of whom it need not be told: `filterOf`. */
  asksAdverts: 2,
} as const

/** What END says after STREAM. */
export function encodeLength(bytes: number): Uint8Array {
  const payload = new Uint8Array(8)
  new DataView(payload.buffer).setBigUint64(0, BigInt(bytes))
  return payload
}

/** Throws `bad-message`. */
export function decodeLength(payload: Uint8Array): number {
  if (payload.length !== 8) throw broken(`a length has ${payload.length} bytes`)
  const bytes = Number(new DataView(payload.buffer, payload.byteOffset).getBigUint64(0))
  if (bytes > BODY_MAX_BYTES) throw broken('a body is longer than there are any')
  return bytes
}

/** Ids are u32 and wrap around: newer is what lies in the half circle ahead (RFC 1982). */
export function isNewer(id: number, last: number): boolean {
  const ahead = (id - last) >>> 0
  return ahead !== 0 && ahead < 2 ** 31
}

export function broken(why: string): HitherError {
  return new HitherError('bad-message', 'the other side broke the call protocol', { why })
}
