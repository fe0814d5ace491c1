import {
  decodeMessage,
  encodeMessage,
  Shape,
  type Options,
  type PeerId,
  type PublisherId,
  type SecretsTaken,
  type Services,
} from '@hither/core'
import { SECRETS_RECORD_MAX_BYTES } from '@hither/core/secrets'
import type { StreamHandler } from '@libp2p/interface'
import { NAME_MAX_MS, SECRETS_ANSWER_MAX_BYTES, SECRETS_QUESTION_MAX_BYTES } from '../limits/questions.ts'
import { SECRETS_ASKS_MAX } from '../limits/streams.ts'
import type { Timers } from '../timers.ts'
import { answering, ask, type Asked, type Terms } from './exchange.ts'

/** `/hither/secrets/1`: who may have secrets, and their sealed records. Both ways one CBOR map. */
export const SECRETS: Terms = {
  protocol: '/hither/secrets/1',
  questionMaxBytes: SECRETS_QUESTION_MAX_BYTES,
  answerMaxBytes: SECRETS_ANSWER_MAX_BYTES,
  firstByteMs: NAME_MAX_MS,
  maxMs: NAME_MAX_MS,
  asksMax: SECRETS_ASKS_MAX,
}

const QUESTION = 1
const ANSWER = 2

type Answers = Pick<Services, 'admits' | 'secrets'>

/** As `Links.admits` says. */
export function askAdmits(asked: Asked, publisher: PublisherId, options: Options = {}): Promise<boolean> {
  return put(asked, { ask: 'admits', publisher }, (answer) => answer.boolean('admits'), options)
}

/** As `Links.secrets` says. */
export function giveSecrets(asked: Asked, record: Uint8Array, options: Options = {}): Promise<SecretsTaken> {
  return put(asked, { ask: 'take', record }, readTaken, options)
}

export function answerSecrets(services: Answers, timers: Timers): StreamHandler {
  return answering(SECRETS, timers, async (from, { payload }) => {
    const question = new Shape(decodeMessage(payload), 'the question')
    return { type: ANSWER, payload: encodeMessage(await answerTo(services, from, question)) }
  })
}

async function answerTo(services: Answers, from: PeerId, question: Shape): Promise<object> {
  if (question.oneOf('ask', ['admits', 'take']) === 'take') {
    return services.secrets(from, question.bytes('record', SECRETS_RECORD_MAX_BYTES))
  }
  return { admits: await services.admits(from, question.string('publisher', 64)) }
}

function readTaken(answer: Shape): SecretsTaken {
  return {
    kept: answer.boolean('kept'),
    ...(answer.has('newer') && { newer: answer.bytes('newer', SECRETS_RECORD_MAX_BYTES) }),
  }
}

function put<T>(asked: Asked, question: object, read: (answer: Shape) => T, { signal }: Options): Promise<T> {
  const message = { type: QUESTION, payload: encodeMessage(question) }
  return ask(asked, SECRETS, message, ({ payload }) => read(new Shape(decodeMessage(payload), 'the answer')), signal)
}
