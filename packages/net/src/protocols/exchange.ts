import { decodeMessage, encodeMessage, fromWire, HitherError, readError, type PeerId } from '@hither/core'
import type { Connection, StreamHandler } from '@libp2p/interface'
import { duplexOf } from '../duplex.ts'
import { gate, type Gate } from '../gate.ts'
import { abortError, reasonOf, unreachable, wireError } from '../errors.ts'
import { QUESTION_MAX_MS } from '../limits/questions.ts'
import type { Timers } from '../timers.ts'
import { conversation, type Message } from './conversation.ts'
import { patience, type Patience } from './patience.ts'

/** One question and one answer, each pair on a stream of its own. */

/** The answer is a refusal. Payload: a WireError. */
const FAILED = 0

export interface Terms {
  protocol: string
  /** What the asking side may send, in bytes of payload: strangers too, so no more than a question needs. */
  questionMaxBytes: number
  /** What the answering side may send, in bytes of payload. */
  answerMaxBytes: number
  /** Until the asking side hears the first byte of the answer, the opening of the stream included. */
  firstByteMs: number
  /** From the question to the end of the answer; the answering side counts from the opened stream. */
  maxMs: number
  /** Questions that one peer has open at another at once; further ones wait for their turn. */
  asksMax: number
}

export interface Reply extends Message {
  /** It was sent, or nobody will ever have it: nothing of it is held any more. */
  gone?: () => void
}

/** Whom to ask, and by whose time. */
export interface Asked {
  connection: Connection
  timers: Timers
}

/**
 * Asks, and gives what `read` makes of the answer. Throws what the other side throws; `peer-unreachable` without an answer
 * in time, `bad-answer` where it cannot be read, `cancelled` or `timeout` by the signal.
 */
export async function ask<T>(
  { connection, timers }: Asked,
  terms: Terms,
  question: Message,
  read: (answer: Message) => T | Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const limits = patience({ timers, maxMs: terms.maxMs, signal })
  let said: HitherError | undefined
  try {
    const answer = await roundTrip(connection, terms, question, limits)
    if (answer.type !== FAILED) return await read(answer)
    said = fromWire(readError(decodeMessage(answer.payload)))
  } catch (thrown) {
    limits.over()
    if (signal?.aborted === true) throw abortError(signal)
    const peer = connection.remotePeer.toString()
    if (limits.spent !== undefined) throw unreachable(peer, limits.spent, thrown)
    if (!(thrown instanceof HitherError)) throw unreachable(peer, reasonOf(thrown), thrown)
    if (thrown.code !== 'bad-message') throw thrown
    const why = thrown.why ?? thrown.message
    throw new HitherError('bad-answer', `${peer} answers with nonsense`, { why, cause: thrown })
  }
  throw said
}

async function roundTrip(connection: Connection, terms: Terms, question: Message, limits: Patience): Promise<Message> {
  const { signal } = limits
  const leave = await gateOf(connection, terms).enter(signal)
  try {
    const began = limits.within(terms.firstByteMs, 'nothing came')
    const stream = await connection.newStream(terms.protocol, { signal })
    const talk = conversation({ duplex: duplexOf(stream), maxBytes: terms.answerMaxBytes, patience: limits, began })
    await talk.send(question)
    const answer = await talk.receive()
    talk.close()
    return answer
  } finally {
    leave()
  }
}

/** Streams are capped per connection and protocol, so those of the same terms wait in one line. */
const gates = new WeakMap<Connection, Map<Terms, Gate>>()

function gateOf(connection: Connection, terms: Terms): Gate {
  const known = gates.get(connection) ?? new Map<Terms, Gate>()
  gates.set(connection, known)
  const found = known.get(terms) ?? gate(terms.asksMax)
  known.set(terms, found)
  return found
}

/** Answers. What `answer` throws is told as a WireError. */
export function answering(
  terms: Terms,
  timers: Timers,
  answer: (from: PeerId, question: Message, connection: Connection) => Promise<Reply>,
): StreamHandler {
  return async (stream, connection) => {
    const limits = patience({ timers, maxMs: terms.maxMs })
    const whole = limits.within(QUESTION_MAX_MS, 'no whole question came')
    const talk = conversation({ duplex: duplexOf(stream), maxBytes: terms.questionMaxBytes, patience: limits })
    const question = await talk.receive()
    whole()
    let reply: Reply
    try {
      reply = await answer(connection.remotePeer.toString(), question, connection)
    } catch (thrown) {
      reply = { type: FAILED, payload: encodeMessage(wireError(thrown)) }
    }
    try {
      await talk.send(reply)
    } finally {
      reply.gone?.()
    }
    talk.close()
  }
}
