import type { Duplex } from 'node:stream'
import {
  BLOCK_MAX_BYTES,
  HitherError,
  toHitherError,
  WHOLE_BODY_MAX_BYTES,
  type Clock,
  type Shape,
  type WireError,
} from '@hither/core'
import { channel, type Channel } from '../ipc/channel.ts'
import { sharedNow } from '../ipc/clock.ts'
import { CALL_CODES, LOAD_CODES } from '../ipc/codes.ts'
import { FRAME } from '../ipc/frames.ts'
import { CANCEL_TIDY_MS, WINDOW_BYTES } from '../ipc/limits.ts'
import { readCall, type Measures } from '../ipc/heads.ts'
import type { Message } from '../ipc/messages.ts'
import type { GuestCall, GuestOutcome, LoadGuest } from './guest.ts'
import { LoopCall } from './loop-call.ts'
import { BROKEN, CANCELLED, MESSAGE_MAX_CHARS, wireError } from './loop-errors.ts'
import { LoopFunction } from './loop-function.ts'
import { LoopOutside } from './loop-outside.ts'
import { LoopLogs } from './loop-logs.ts'
import { LoopThread } from './loop-thread.ts'

export interface ServeInit {
  load: LoadGuest
  /** Can it load this bundle without its code? */
  remembers: (bundle: string) => boolean
  /** The pipe to the parent. */
  transport: Duplex
  /** Ends this process at once, whatever state V8 is in. */
  die: () => void
  now?: Clock
}

/** A whole process's work: loads functions and runs calls, one turn at a time, for the parent at the other end. */
export function serveSandbox(init: ServeInit): void {
  new Loop(init).begin()
}

/** Of a call that did not run. */
const UNMEASURED: Measures = { runMs: 0, cpuMs: 0, heapBytes: 0, background: false }

/** What there is of a function: up, or the reason why it is not. */
type Loaded = { fn: LoopFunction; logs: LoopLogs } | { error: WireError }

class Loop {
  private readonly load: LoadGuest
  private readonly remembers: (bundle: string) => boolean
  private readonly die: () => void
  private readonly now: Clock
  private readonly pipe: Channel
  private readonly outside: LoopOutside
  private readonly thread: LoopThread
  private readonly functions = new Map<number, Loaded>()
  private readonly calls = new Map<number, { fn: LoopFunction; call: LoopCall }>()
  private readonly inbox: Message[] = []

  constructor({ load, remembers, transport, die, now = () => performance.now() }: ServeInit) {
    this.load = load
    this.remembers = remembers
    this.die = die
    this.now = now
    this.pipe = channel({
      stream: transport,
      maxBodyBytes: Math.max(WHOLE_BODY_MAX_BYTES, BLOCK_MAX_BYTES),
      onMessage: (message) => {
        this.inbox.push(message)
        this.work()
      },
      // The parent is gone, and nobody else could want anything from this process.
      onEnd: () => die(),
      onDrain: () => this.work(),
    })
    this.outside = new LoopOutside(this.pipe)
    this.thread = new LoopThread(this.pipe, (fn) => this.tidy(fn))
  }

  begin(): void {
    this.send(FRAME.ready, 0)
    this.pipe.flush()
  }

  /** Works off what came in. Every answer has left before the next turn, which may never come back. */
  private work(): void {
    for (;;) {
      // That the thread is free belongs to what must have left: a call that the parent takes for one that waits is taken back.
      if (beginsTurn(this.inbox[0])) this.thread.release()
      this.pipe.flush()
      // The parent does not read just now; until it does, nothing piles up here.
      if (this.pipe.backlogBytes > 0) return
      const message = this.inbox.shift()
      if (message === undefined) return
      this.handle(message)
    }
  }

  private handle(message: Message): void {
    switch (message.type) {
      case FRAME.load:
        return this.loadFunction(message)
      case FRAME.unload:
        return this.unload(message.id)
      case FRAME.call:
        return this.call(message)
      case FRAME.piece:
        return this.flow(message.id, (handle) => handle.feed(message.body))
      case FRAME.finish:
        return this.flow(message.id, (handle) => handle.finish(failureIn(message.head)))
      case FRAME.want:
        return this.flow(message.id, (handle) => handle.grant(message.head.integer('room', 1, WINDOW_BYTES)))
      case FRAME.fetched:
      case FRAME.download:
      case FRAME.downloaded:
      case FRAME.room:
        return this.outside.receive(message)
      case FRAME.cancel:
        return this.cancel(message.id)
      default:
        throw new HitherError('bad-message', `the parent sent a frame of type ${message.type}`)
    }
  }

  private loadFunction({ id, head, body }: Message): void {
    const logs = new LoopLogs(this.now, (line) => this.send(FRAME.log, id, line))
    const name = head.string('name')
    const bundle = head.string('bundle')
    const codeless = head.has('remembered')
    if (isLate(head.number('startBy', 0, Number.MAX_SAFE_INTEGER)) || (codeless && !this.remembers(bundle)))
      return this.send(FRAME.lost, id)
    try {
      const guest = this.thread.turn(() =>
        this.load({
          name,
          bundle,
          code: codeless ? undefined : new TextDecoder().decode(body),
          env: head.texts('env'),
          memoryMb: head.integer('memoryMb', 1, Number.MAX_SAFE_INTEGER),
          bodyBytes: head.integer('bodyBytes', 0, Number.MAX_SAFE_INTEGER),
          outside: this.outside,
          onRemembered: () => this.send(FRAME.remembered, id),
          onLog: (line) => logs.add(line),
          onTurn: () => this.thread.resume(id),
          onCatastrophe: (text) => this.catastrophe(id, text),
        }),
      )
      this.functions.set(id, { fn: new LoopFunction(id, guest), logs })
      this.send(FRAME.loaded, id)
    } catch (thrown) {
      const error = wireError(toHitherError(thrown), LOAD_CODES)
      this.functions.set(id, { error })
      this.send(FRAME.loaded, id, { error })
    }
  }

  private call(message: Message): void {
    const { id } = message
    const { fn: number, method, url, headers, cpuMs, bodyBytes, startBy, streams } = readCall(message)
    const loaded = this.functions.get(number)
    if (loaded === undefined || isLate(startBy)) return this.send(FRAME.returned, id)
    if ('error' in loaded) {
      return this.send(FRAME.ended, id, { error: loaded.error, ...UNMEASURED })
    }
    const { fn, logs } = loaded
    const call = new LoopCall(id, this.now(), this.pipe, (outcome, goesOn) => this.end(fn, call, outcome, goesOn))
    fn.begin(call)
    logs.begin(fn.calls.size)
    this.calls.set(id, { fn, call })
    const request = { id, method, url, headers, body: streams ? ('streams' as const) : message.body }
    try {
      fn.during(
        call,
        () => (call.handle = this.thread.turn(() => fn.guest.invoke(request, { cpuMs, bodyBytes }, call))),
      )
    } catch (thrown) {
      this.end(fn, call, { error: toHitherError(thrown).toWire() })
    }
    if (!call.ended) this.send(FRAME.pending, id)
    this.settle(fn)
  }

  /** A body goes on, of a call that may have ended meanwhile. Whether the handler takes a turn for it, `onTurn` tells. */
  private flow(id: number, go: (handle: GuestCall) => void): void {
    const live = this.calls.get(id)
    const handle = live?.call.handle
    if (live !== undefined && handle !== undefined) live.fn.during(live.call, () => go(handle))
  }

  /** `goesOn`: see GuestEvents. What the loop itself ends may ask for nothing more. */
  private end(fn: LoopFunction, call: LoopCall, outcome: GuestOutcome, goesOn: boolean = false): void {
    if (call.ended) return
    fn.charge()
    call.ended = true
    fn.calls.delete(call)
    this.calls.delete(call.id)
    const loaded = this.functions.get(fn.number)
    if (loaded !== undefined && 'logs' in loaded) loaded.logs.report()
    const measured = {
      runMs: this.now() - call.startedMs,
      cpuMs: call.cpuMs,
      heapBytes: fn.guest.heapBytes(),
      background: goesOn,
    }
    if ('error' in outcome) {
      this.send(FRAME.ended, call.id, { error: wireError(outcome.error, CALL_CODES), ...measured })
    } else if ('streamed' in outcome) {
      this.send(FRAME.ended, call.id, measured)
    } else {
      const { status, headers, body } = outcome.response
      this.pipe.answer(call.id, { status, headers, ...measured }, body)
    }
    // Not from inside the isolate's own turn, where it cannot be disposed of.
    if (!this.thread.inTurn) setImmediate(() => this.settle(fn))
  }

  private cancel(id: number): void {
    const live = this.calls.get(id)
    if (live === undefined) return
    const { fn, call } = live
    this.thread.resume(fn.number)
    call.handle?.cancel()
    if (call.ended) return
    setTimeout(() => {
      if (call.ended) return
      // It gave back the thread but will not end. Its isolate goes as soon as no other call is in it.
      this.end(fn, call, { error: CANCELLED })
      this.lose(fn)
      this.work()
    }, CANCEL_TIDY_MS)
  }

  private unload(number: number): void {
    const loaded = this.functions.get(number)
    this.functions.delete(number)
    if (loaded === undefined || 'error' in loaded) return
    loaded.fn.lost = true
    this.settle(loaded.fn)
  }

  /** After a turn: notices a broken isolate, and disposes of one that nobody uses any more. */
  private settle(fn: LoopFunction): void {
    if (!fn.guest.usable && !fn.lost) {
      for (const call of fn.calls) this.end(fn, call, { error: BROKEN })
      this.lose(fn)
    } else if (fn.lost && fn.calls.size === 0) {
      fn.dispose()
    }
  }

  private tidy(number: number): void {
    const loaded = this.functions.get(number)
    if (loaded !== undefined && 'fn' in loaded) this.settle(loaded.fn)
  }

  private lose(fn: LoopFunction): void {
    if (fn.lost) return
    fn.lost = true
    this.functions.delete(fn.number)
    this.send(FRAME.lost, fn.number)
    this.settle(fn)
  }

  private catastrophe(number: number, text: string): void {
    this.send(FRAME.catastrophe, number, { text: text.slice(0, MESSAGE_MAX_CHARS) })
    this.pipe.flush()
    this.die()
  }

  private send(type: number, id: number, head?: object): void {
    this.pipe.send(type, id, head)
  }
}

function beginsTurn(message: Message | undefined): boolean {
  return message?.type === FRAME.call || message?.type === FRAME.load
}

function failureIn(head: Shape): string | undefined {
  return head.has('error') ? head.string('error') : undefined
}

/** The parent may have given it to another process by now. */
function isLate(startBy: number): boolean {
  return sharedNow() > startBy
}
