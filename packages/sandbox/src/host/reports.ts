import { FRAME_MAX_BYTES, HitherError } from '@hither/core'
import { LOAD_CODES } from '../ipc/codes.ts'
import { FRAME } from '../ipc/frames.ts'
import { LOG_LINE_MAX_CHARS, WINDOW_BYTES } from '../ipc/limits.ts'
import { readAnswer, type Measures } from '../ipc/heads.ts'
import type { Message } from '../ipc/messages.ts'
import { answerError, ownOf, readBegan, readEnded, readFailure } from './answers.ts'
import { catastrophe, unasked } from './blame.ts'
import { CPU_SLACK_MS, RETURNS_MAX } from './limits.ts'
import type { Sandbox } from './sandbox.ts'
import type { SandboxInit } from './sandbox-init.ts'
import type { Ticket } from './ticket.ts'

/**
 * What a sandbox process says, and what follows from it. It is not trusted: `receive` throws `bad-message` for whatever it
 * should not say, and that is its end.
 */
export class Reports {
  private readonly sandbox: Sandbox
  private readonly init: SandboxInit
  private losses = 0

  constructor(sandbox: Sandbox, init: SandboxInit) {
    this.sandbox = sandbox
    this.init = init
  }

  receive(message: Message): void {
    const { sandbox, init } = this
    const { type, id } = message
    switch (type) {
      case FRAME.loaded:
        return this.loaded(message)
      case FRAME.pending:
        if (!sandbox.calls.has(id)) throw unasked('pending', id)
        this.answered('call', id)
        return init.onFree()
      case FRAME.answered:
        return this.answer(message)
      case FRAME.ended:
        return this.ended(message)
      case FRAME.began:
        return this.began(message)
      case FRAME.piece:
        return this.piece(message)
      case FRAME.want:
        return this.want(message)
      case FRAME.left:
        return this.left(id)
      case FRAME.returned:
        return this.returned(id)
      case FRAME.lost:
        return this.lost(id)
      case FRAME.remembered:
        return this.remembered(id)
      case FRAME.resumed:
        sandbox.turns.resume(id, init.now())
        return init.onResumed(sandbox)
      case FRAME.yielded:
        sandbox.turns.yield(init.now())
        sandbox.release()
        return init.onFree()
      case FRAME.log:
        return this.log(message)
      case FRAME.fetch:
      case FRAME.upload:
      case FRAME.uploaded:
      case FRAME.drop:
      case FRAME.room:
      case FRAME.over:
        return sandbox.desk.receive(message)
      case FRAME.catastrophe:
        return sandbox.kill(catastrophe(message.head.string('text', FRAME_MAX_BYTES), sandbox.residents.numberOf(id)))
      default:
        throw new HitherError('bad-message', `a sandbox process sent a frame of type ${type}`)
    }
  }

  private loaded({ id, head }: Message): void {
    const { sandbox } = this
    this.answered('load', id)
    const resident = sandbox.residents.numberOf(id)
    if (resident === undefined) return
    resident.loading = false
    for (const ticket of resident.calls) ticket.started()
    if (!head.has('error')) return
    // Read only to be checked: each call that was sent after it ends with this error.
    readFailure(head.raw('error'), LOAD_CODES)
    sandbox.residents.unlearn(resident)
    sandbox.unload(resident)
  }

  private answer(message: Message): void {
    const ticket = this.ending('answered', message.id)
    if (ticket.outcome.begun) throw unasked('answered', message.id)
    const answer = readAnswer(message)
    const { status, headers } = answer
    const error = answerError(answer, message.bodyBytes, ticket.job.manifest.limits.bodyBytes)
    this.measure(ticket, answer)
    const metrics = ticket.metrics(answer)
    if (error !== undefined) ticket.failed(error, answer)
    else if (metrics !== undefined) ticket.outcome.whole({ status, headers, body: ownOf(message), metrics })
    this.over(ticket)
  }

  private ended({ id, head, bodyBytes }: Message): void {
    const ticket = this.ending('ended', id)
    const { measures, error } = readEnded(head)
    if (bodyBytes > 0) throw head.refuse('it has a body')
    if (error === undefined && !ticket.outcome.begun) throw unasked('ended', id)
    this.measure(ticket, measures)
    if (error !== undefined) ticket.failed(error, measures)
    else ticket.outcome.complete(ticket.metrics(measures))
    this.over(ticket)
  }

  private ending(what: string, id: number): Ticket {
    const { sandbox } = this
    const ticket = sandbox.calls.get(id)
    if (ticket === undefined) throw unasked(what, id)
    if (sandbox.turns.awaits(id)) this.answered('call', id)
    return ticket
  }

  private measure(ticket: Ticket, measures: Measures): void {
    const { sandbox, init } = this
    // No call gets further, whatever is said: the publisher owes what else its process takes.
    measures.cpuMs = Math.min(measures.cpuMs, ticket.job.manifest.limits.cpuMs + CPU_SLACK_MS)
    const { cpuMs, heapBytes, background } = measures
    sandbox.desk.ended(ticket.callId, background)
    const resident = sandbox.residents.numberOf(ticket.fn)
    if (resident !== undefined) resident.heapBytes = heapBytes
    // A call that ran to its deadline says that it waited, not that it burned: its processor time tells.
    init.weights.observe(ticket.key, cpuMs)
    ticket.saidCpuMs = cpuMs
  }

  private over(ticket: Ticket): void {
    const { sandbox, init } = this
    ticket.feed?.leave()
    sandbox.served += 1
    sandbox.over(ticket)
    init.onEnded(ticket)
  }

  private began(message: Message): void {
    const { sandbox } = this
    const ticket = this.running('began', message.id)
    if (ticket.outcome.begun) throw unasked('began', message.id)
    ticket.outcome.begin(readBegan(message), {
      maxBytes: ticket.job.manifest.limits.bodyBytes,
      onRead: (room) => sandbox.process.pipe.send(FRAME.want, message.id, { room }),
      onLeft: () => this.init.onLeft(ticket),
    })
  }

  private piece({ id, body }: Message): void {
    const ticket = this.running('piece', id)
    if (!ticket.outcome.came(body)) throw unasked('piece', id)
  }

  private want({ id, head }: Message): void {
    const { feed } = this.running('want', id)
    if (feed?.want(head.integer('room', 1, WINDOW_BYTES)) !== true) throw unasked('want', id)
  }

  private left(id: number): void {
    const { feed } = this.running('left', id)
    if (feed === undefined) throw unasked('left', id)
    feed.leave()
  }

  /** Only a call that runs, or did, says anything of its bodies. */
  private running(what: string, id: number): Ticket {
    const ticket = this.sandbox.calls.get(id)
    if (ticket === undefined || !this.sandbox.turns.ran(id)) throw unasked(what, id)
    return ticket
  }

  private returned(id: number): void {
    this.answered('call', id)
    const ticket = this.sandbox.calls.get(id)
    if (ticket?.touched === true || (ticket?.leases ?? 0) >= RETURNS_MAX) throw unasked('returned', id)
    // One that was taken back is elsewhere by now.
    if (ticket !== undefined) this.sandbox.unrun(ticket)
  }

  private lost(id: number): void {
    const { sandbox, init } = this
    this.losses += 1
    // Each is lost once.
    if (this.losses > sandbox.residents.loaded) throw unasked('lost', id)
    // As the answer to a load that came too late, or at any time.
    if (sandbox.turns.answered('load', id, init.now())) sandbox.release()
    const resident = sandbox.residents.numberOf(id)
    if (resident === undefined) return
    // Maybe it was for want of its code.
    sandbox.residents.unlearn(resident)
    sandbox.residents.lose(resident)
  }

  private remembered(id: number): void {
    const { residents } = this.sandbox
    const resident = residents.numberOf(id)
    if (resident !== undefined) residents.learn(resident)
  }

  private log({ id, head }: Message): void {
    const resident = this.sandbox.residents.numberOf(id)
    const level = head.oneOf('level', ['debug', 'info', 'warn', 'error'])
    const text = head.string('text', LOG_LINE_MAX_CHARS + 1)
    if (resident === undefined) return
    if (resident.logs.take(Buffer.byteLength(text))) {
      this.init.log({ cid: resident.cid, level, text: resident.redact.text(text) })
    } else if (resident.logs.flooded) throw head.refuse('its lines do not keep to their budget')
  }

  private answered(kind: 'load' | 'call', id: number): void {
    const { sandbox, init } = this
    if (!sandbox.turns.answered(kind, id, init.now())) throw unasked(kind, id)
    sandbox.release()
  }
}
