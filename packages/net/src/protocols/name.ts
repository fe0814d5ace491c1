import {
  checkName,
  decodeMessage,
  encodeMessage,
  RECORD_MAX_BYTES,
  Shape,
  type Options,
  type PeerId,
  type PublisherId,
  type Services,
} from '@hither/core'
import type { StreamHandler } from '@libp2p/interface'
import { ANNOUNCE_MAX_MS, NAME_ANSWER_MAX_BYTES, NAME_MAX_MS, NAME_QUESTION_MAX_BYTES } from '../limits/questions.ts'
import { ANNOUNCE_ASKS_MAX, NAME_ASKS_MAX } from '../limits/streams.ts'
import type { Timers } from '../timers.ts'
import { answering, ask, type Asked, type Terms } from './exchange.ts'

/** `/hither/name/1`: records of names, asked for and announced, and whose machine a peer is. Both ways one CBOR map. */
export const NAME: Terms = {
  protocol: '/hither/name/1',
  questionMaxBytes: NAME_QUESTION_MAX_BYTES,
  answerMaxBytes: NAME_ANSWER_MAX_BYTES,
  firstByteMs: NAME_MAX_MS,
  maxMs: NAME_MAX_MS,
  asksMax: NAME_ASKS_MAX,
}

/** Announcements take longer, and stand in a line of their own, so that no question waits behind them. */
const ANNOUNCE: Terms = {
  ...NAME,
  firstByteMs: ANNOUNCE_MAX_MS,
  maxMs: ANNOUNCE_MAX_MS,
  asksMax: ANNOUNCE_ASKS_MAX,
}

/** Which of both it is shows only when the question has come. */
const ANSWERED: Terms = { ...NAME, maxMs: ANNOUNCE_MAX_MS }

const QUESTION = 1
const ANSWER = 2

const QUESTIONS = ['get', 'owner', 'announce'] as const

type Answers = Pick<Services, 'name' | 'owner' | 'announce'>

/** As `Links.name` says. */
export async function askName(
  asked: Asked,
  publisher: PublisherId,
  name: string,
  { signal }: Options = {},
): Promise<Uint8Array | undefined> {
  return put(asked, NAME, { ask: 'get', publisher, name: checkName(name) }, readRecord, signal)
}

/** As `Links.owner` says. */
export function askOwner(asked: Asked, { signal }: Options = {}): Promise<Uint8Array | undefined> {
  return put(asked, NAME, { ask: 'owner' }, readRecord, signal)
}

/** As `Links.announce` says. */
export function announce(asked: Asked, record: Uint8Array, { signal }: Options = {}): Promise<{ kept: boolean }> {
  return put(asked, ANNOUNCE, { ask: 'announce', record }, (answer) => ({ kept: answer.boolean('kept') }), signal)
}

export function answerNames(services: Answers, timers: Timers): StreamHandler {
  return answering(ANSWERED, timers, async (from, { payload }) => {
    const question = new Shape(decodeMessage(payload), 'the question')
    return { type: ANSWER, payload: encodeMessage(await answerTo(services, from, question)) }
  })
}

async function answerTo(services: Answers, from: PeerId, question: Shape): Promise<object> {
  const asked = question.oneOf('ask', QUESTIONS)
  if (asked === 'owner') return { record: await services.owner?.(from) }
  if (asked === 'announce') return services.announce(from, question.bytes('record', RECORD_MAX_BYTES))
  const name = checkName(question.string('name', 63))
  return { record: await services.name(from, question.string('publisher', 64), name) }
}

function put<T>(
  asked: Asked,
  terms: Terms,
  question: object,
  read: (answer: Shape) => T,
  signal: AbortSignal | undefined,
): Promise<T> {
  const message = { type: QUESTION, payload: encodeMessage(question) }
  return ask(asked, terms, message, ({ payload }) => read(new Shape(decodeMessage(payload), 'the answer')), signal)
}

function readRecord(answer: Shape): Uint8Array | undefined {
  return answer.has('record') ? answer.bytes('record', RECORD_MAX_BYTES) : undefined
}
