import { decodeMessage, encodeMessage, fromWire, HitherError, readError, type PeerId } from '@hither/core'
import type { Connection, StreamHandler } from '@libp2p/interface'
import { duplexOf } from '../duplex.ts'
import { gate, type Gate } from '../gate.ts'
import { abortError, reasonOf, unreachable, wireError } from '../errors.ts'
import { conversation, type Message } from './conversation.ts'

/** One question and one answer, each pair on a stream of its own. */

/** The answer is a refusal. Payload: a WireError. */
const FAILED = 0

export interface Terms {
  protocol: string
  /** What either side may send, in bytes of payload. */
  maxBytes: number
  /** From the question to the end of the answer; the answering side counts from the opened stream. */
  maxMs: number
  /** Questions that one peer has open at another at once; further ones wait for their turn. */
  asksMax: number
}

/**
 * Asks, and gives what `read` makes of the answer. Throws what the other side throws; `peer-unreachable` without an answer
 * in time, `bad-answer` where it cannot be read, `cancelled` or `timeout` by the signal.
 */
export async function ask<T>(
  connection: Connection,
  terms: Terms,
  question: Message,
  read: (answer: Message) => T | Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const patience = AbortSignal.timeout(terms.maxMs)
  const both = signal === undefined ? patience : AbortSignal.any([signal, patience])
  let said: HitherError | undefined
  try {
    const answer = await roundTrip(connection, terms, question, both)
    if (answer.type !== FAILED) return await read(answer)
    said = fromWire(readError(decodeMessage(answer.payload)))
  } catch (thrown) {
    if (signal?.aborted === true) throw abortError(signal)
    const peer = connection.remotePeer.toString()
    if (patience.aborted) throw unreachable(peer, `no answer within ${terms.maxMs / 1000} s`, thrown)
    if (!(thrown instanceof HitherError)) throw unreachable(peer, reasonOf(thrown), thrown)
    if (thrown.code !== 'bad-message') throw thrown
    const why = thrown.why ?? thrown.message
    throw new HitherError('bad-answer', `${peer} answers with nonsense`, { why, cause: thrown })
  }
  throw said
}

async function roundTrip(
  connection: Connection,
  terms: Terms,
  question: Message,
  signal: AbortSignal,
): Promise<Message> {
  const leave = await gateOf(connection, terms).enter(signal)
  try {
    const stream = await connection.newStream(terms.protocol, { signal })
    const talk = conversation(duplexOf(stream), terms.maxBytes, signal)
    await talk.send(question)
    const answer = await talk.receive()
    talk.close()
    return answer
  } finally {
    leave()
  }
}

/** Streams are capped per connection and protocol, and so are those who wait for one. */
const gates = new WeakMap<Connection, Map<string, Gate>>()

function gateOf(connection: Connection, { protocol, asksMax }: Terms): Gate {
  const known = gates.get(connection) ?? new Map<string, Gate>()
  gates.set(connection, known)
  const found = known.get(protocol) ?? gate(asksMax)
  known.set(protocol, found)
  return found
}

/** Answers. What `answer` throws is told as a WireError. */
export function answering(
  { maxBytes, maxMs }: Terms,
  answer: (from: PeerId, question: Message) => Promise<Message>,
): StreamHandler {
  return async (stream, connection) => {
    const talk = conversation(duplexOf(stream), maxBytes, AbortSignal.timeout(maxMs))
    const question = await talk.receive()
    let reply: Message
    try {
      reply = await answer(connection.remotePeer.toString(), question)
    } catch (thrown) {
      reply = { type: FAILED, payload: encodeMessage(wireError(thrown)) }
    }
    await talk.send(reply)
    talk.close()
  }
}
