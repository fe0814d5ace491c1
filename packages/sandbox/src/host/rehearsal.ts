import { duplexPair } from 'node:stream'
import { cidOf, DEFAULT_LIMITS, WHOLE_BODY_MAX_BYTES, wholeShare, type Clock, type Job } from '@hither/core'
import { channel } from '../ipc/channel.ts'
import { FRAME } from '../ipc/frames.ts'
import type { AnswerHead } from '../ipc/heads.ts'
import type { Message } from '../ipc/messages.ts'
import { Dispatch } from './dispatch.ts'
import type { Lending } from './lending.ts'
import { Outbound } from './outbound/outbound.ts'
import { UNMEASURED } from './proc.ts'
import type { SandboxProcess } from './process.ts'
import { Ticket } from './ticket.ts'

/** First calls that are rehearsed, each of another function. Each makes the next one quicker, by less and less. */
const TIMES = 4

const NOTHING = (): void => undefined

/**
 * Gives calls out and takes their answers as a runner does, to and from a process that is none: what V8 has never run it has to compile,
 * and what it has run once it runs slowly still, which together took longer than all else of a first answer here. It is seen by nobody,
 * for all that a runner knows of its calls is in what is made here and forgotten again.
 */
export async function rehearse(lent: Lending, now: Clock): Promise<void> {
  const spare = { take: player, prepare: async () => undefined }
  const dispatch = new Dispatch({
    lent,
    now,
    // Nothing of it lasts.
    timers: { after: () => NOTHING },
    outbound: new Outbound({ egress: () => lent.egress, resolve: async () => [], own: () => [], now }),
    spares: { trusted: spare, strangers: spare },
    log: NOTHING,
    onLeft: NOTHING,
    onCrowdedOut: NOTHING,
    onIdle: NOTHING,
  })
  for (let at = 0; at < TIMES; at++) {
    const ticket = new Ticket(await jobOf(`rehearsal ${at}`), now)
    dispatch.offer(ticket)
    await ticket.outcome.answer
  }
}

async function jobOf(text: string): Promise<Job> {
  const cid = await cidOf(new TextEncoder().encode(text), 'raw')
  return {
    cid,
    manifest: {
      bundle: cid,
      exports: ['default'],
      limits: { ...DEFAULT_LIMITS },
      egress: [],
      effects: 'undeclared',
      needs: [],
      env: {},
      visibility: 'public',
      compat: '2026-01-01',
    },
    code: async () => text,
    cordon: 'rehearsal',
    profile: 'trusted',
    caller: 'rehearsal',
    share: () => wholeShare('rehearsal'),
    request: { method: 'GET', url: 'http://fn.localhost/', headers: [['accept', '*/*']] },
    body: new Uint8Array(0),
    remainingMs: DEFAULT_LIMITS.wallMs,
  }
}

const ANSWER: AnswerHead = {
  status: 200,
  headers: [['content-type', 'text/plain']],
  runMs: 1,
  cpuMs: 1,
  heapBytes: 1,
  background: false,
}

/** Loads whatever it is sent, and answers all calls alike, as a sandbox process does. */
function player(): SandboxProcess {
  const [near, far] = duplexPair()
  let events: { onMessage(message: Message): void } | undefined
  const end = { maxBodyBytes: WHOLE_BODY_MAX_BYTES, onEnd: NOTHING }
  const its = channel({
    ...end,
    stream: far,
    onMessage({ type, id }) {
      if (type === FRAME.load) its.send(FRAME.loaded, id)
      else its.answer(id, ANSWER, new Uint8Array(1))
    },
  })
  return {
    pid: 0,
    probe: UNMEASURED,
    baseBytes: 0,
    ready: Promise.resolve(),
    exited: new Promise(NOTHING),
    pipe: channel({ ...end, stream: near, onMessage: (message) => events?.onMessage(message) }),
    unheard: false,
    listen: NOTHING,
    hold: (holder) => void (events = holder),
    kill: NOTHING,
  }
}
