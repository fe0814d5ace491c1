import { FRAME_MAX_BYTES, type Headers, type Profile } from '@hither/core'
import type { Pipe } from '../../ipc/channel.ts'
import { FRAME } from '../../ipc/frames.ts'
import { HEADERS_MAX, WINDOW_BYTES } from '../../ipc/limits.ts'
import type { Message } from '../../ipc/messages.ts'
import { AnswerStream } from '../answer-stream.ts'
import { unasked } from '../blame.ts'
import type { Timers } from '../timers.ts'
import { CallBudget, type Grant } from './budget.ts'
import { Exchange } from './exchange.ts'
import { FETCHES_PER_PROCESS_MAX, LINGER_MS, LINGERING_MAX, REASON_MAX_CHARS } from './limits.ts'
import type { Outbound } from './outbound.ts'
import { Refused } from './policy.ts'

export interface DeskInit {
  profile: Profile
  outbound: Outbound
  timers: Timers
  /** To the process. */
  pipe: Pipe
  /** What a call that runs in the process may ask for; undefined where none such does. */
  grantOf: (call: number) => Grant | undefined
}

/** A request as its process asks for it. */
interface Asked {
  id: number
  method: string
  url: string
  headers: Headers
  /** Undefined where it streams. */
  body: Uint8Array | undefined
}

/** One that is under way. */
interface Open {
  budget: CallBudget
  exchange: Exchange
  upload: AnswerStream | undefined
  /** The head of its response is with the process. */
  answered: boolean
  /** Nothing of it is under way any longer, but for what is left of its response. */
  ran: Promise<void>
}

/**
 * The requests of the functions in one process. It says which of its calls a request belongs to, and nothing else of it is
 * believed: what the call may ask for stands in its function's manifest.
 */
export class Desk {
  private readonly init: DeskInit
  private readonly budgets = new Map<number, CallBudget>()
  private readonly open = new Map<number, Open>()
  /** Calls that have their answer and go on, the oldest first; and how to stop waiting for their end. */
  private readonly lingering = new Map<number, () => void>()
  private lastId = 0

  constructor(init: DeskInit) {
    this.init = init
  }

  /** What the process says of its requests. Throws `bad-message`. */
  receive(message: Message): void {
    const { type, id, head, body } = message
    if (type === FRAME.over) return this.over(id)
    if (type === FRAME.fetch) return this.fetch(message)
    if (id > this.lastId) throw unasked('fetch', id)
    const open = this.open.get(id)
    // It may have ended here while that was on its way.
    if (open === undefined) return
    if (type === FRAME.upload) return this.upload(id, open, body)
    if (type === FRAME.uploaded) return open.upload?.close()
    if (type === FRAME.drop) return this.close(id)
    if (!open.exchange.want(head.integer('room', 1, WINDOW_BYTES))) throw unasked('room', id)
  }

  /** A call has its answer. If it goes on in the background, its requests may too, until it says that it is over or its time is. */
  ended(call: number, background: boolean): void {
    const budget = background ? this.budgetOf(call) : undefined
    if (budget === undefined) return this.end(call)
    this.lingering.set(
      call,
      this.init.timers.after(LINGER_MS, () => this.end(call)),
    )
    const [oldest] = this.lingering.keys()
    if (oldest !== undefined && this.lingering.size > LINGERING_MAX) this.end(oldest)
  }

  /** Calls go on that have their answer. */
  get lingers(): boolean {
    return this.lingering.size > 0
  }

  /** A call that goes on says that it no longer does. While it runs it may not: it would begin anew with all that it may spend. */
  private over(call: number): void {
    if (this.lingering.has(call)) return this.end(call)
    // Its time may have been over here first.
    if (this.init.grantOf(call) !== undefined) throw unasked('over', call)
  }

  /** The process is gone. */
  stop(): void {
    for (const call of this.budgets.keys()) this.end(call)
  }

  private fetch({ id, head, body }: Message): void {
    if (id <= this.lastId) throw unasked('fetch', id)
    this.lastId = id
    const streams = head.has('streams')
    if (streams && body.length > 0) throw head.refuse('its body is here and streams as well')
    const asked: Asked = {
      id,
      method: head.string('method', FRAME_MAX_BYTES),
      url: head.string('url', FRAME_MAX_BYTES),
      headers: head.pairs('headers', HEADERS_MAX),
      body: streams ? undefined : body,
    }
    try {
      this.begin(this.budgetOf(head.integer('call', 1, 2 ** 32)), asked)
    } catch (refused) {
      if (!(refused instanceof Refused)) throw refused
      this.init.pipe.send(FRAME.fetched, id, failure(refused.message))
    }
  }

  /** Throws `Refused`. */
  private begin(budget: CallBudget | undefined, { id, method, url, headers, body }: Asked): void {
    if (budget === undefined) throw new Refused('the call that it belongs to is over')
    const { outbound, profile } = this.init
    budget.begin()
    budget.sends(body?.length ?? 0)
    const target = outbound.policy.admit(url, budget.grant.egress)
    if (this.open.size >= FETCHES_PER_PROCESS_MAX || !outbound.take())
      throw new Refused('the runner has no room for another request just now; try again later, or elsewhere')
    const upload = body === undefined ? this.uploadOf(id) : undefined
    const exchange = new Exchange({
      target,
      method,
      headers,
      body: upload ?? body ?? new Uint8Array(0),
      maxBytes: budget.grant.maxBytes,
      dial: (signal) => outbound.dial(target, profile, signal),
      events: {
        fetched: (response) => {
          open.answered = true
          this.init.pipe.send(FRAME.fetched, id, response)
        },
        piece: (bytes, given) => this.download(id, open, bytes, given),
        finished: () => {
          this.init.pipe.send(FRAME.downloaded, id)
          this.close(id)
        },
        failed: (error) => this.fail(id, open, error),
      },
    })
    const open: Open = { budget, exchange, upload, answered: false, ran: Promise.resolve() }
    this.open.set(id, open)
    budget.open += 1
    open.ran = exchange.run()
  }

  private uploadOf(id: number): AnswerStream {
    return new AnswerStream({
      // Its call's budget bounds it.
      maxBytes: Infinity,
      onRead: (room) => this.init.pipe.send(FRAME.room, id, { room }),
      onOver: () => undefined,
      onLeft: () => undefined,
    })
  }

  private upload(id: number, open: Open, bytes: Uint8Array): void {
    if (open.upload?.came(bytes) !== true) throw unasked('upload', id)
    this.within(id, open, () => open.budget.sends(bytes.length))
  }

  private download(id: number, open: Open, bytes: Uint8Array, given: boolean): void {
    const fits = this.within(id, open, () => open.budget.receives(bytes.length))
    if (fits) this.init.pipe.piece(FRAME.download, id, bytes, given)
  }

  /** Ends a request that goes over what its call may spend. */
  private within(id: number, open: Open, spend: () => void): boolean {
    try {
      spend()
      return true
    } catch (refused) {
      this.fail(id, open, (refused as Refused).message)
      return false
    }
  }

  private fail(id: number, { answered }: Open, error: string): void {
    this.init.pipe.send(answered ? FRAME.downloaded : FRAME.fetched, id, failure(error))
    this.close(id)
  }

  private close(id: number): void {
    const open = this.open.get(id)
    if (open === undefined) return
    this.open.delete(id)
    open.budget.open -= 1
    open.exchange.stop()
    // What was given up takes its place until it has ended: a name may still be looked for.
    void open.ran.then(() => this.init.outbound.give())
  }

  private end(call: number): void {
    this.lingering.get(call)?.()
    this.lingering.delete(call)
    const budget = this.budgets.get(call)
    if (budget === undefined) return
    this.budgets.delete(call)
    for (const [id, open] of this.open) if (open.budget === budget) this.close(id)
  }

  /** Of a call that runs, or goes on in the background. */
  private budgetOf(call: number): CallBudget | undefined {
    const known = this.budgets.get(call)
    if (known !== undefined) return known
    const grant = this.init.grantOf(call)
    if (grant === undefined) return undefined
    const budget = new CallBudget(grant)
    this.budgets.set(call, budget)
    return budget
  }
}

function failure(why: string): { error: string } {
  return { error: why.slice(0, REASON_MAX_CHARS) }
}
