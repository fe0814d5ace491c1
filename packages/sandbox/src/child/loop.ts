import type { Duplex } from 'node:stream'
import {
  BLOCK_MAX_BYTES,
  FleetingMap,
  HitherError,
  toHitherError,
  WHOLE_BODY_MAX_BYTES,
  type Clock,
  type Shape,
} from '@hither/core'
import { channel, type Channel } from '../ipc/channel.ts'
import { CALL_CODES } from '../ipc/codes.ts'
import { FRAME } from '../ipc/frames.ts'
import { CANCEL_TIDY_MS, WINDOW_BYTES } from '../ipc/limits.ts'
import { readCall, type Measures } from '../ipc/heads.ts'
import type { Message } from '../ipc/messages.ts'
import type { GuestCall, GuestOutcome } from './guest.ts'
import { LoopBell } from './loop-bell.ts'
import { LoopCall, type Ends } from './loop-call.ts'
import { CANCELLED, wireError } from './loop-errors.ts'
import { LoopFunction } from './loop-function.ts'
import { LoopFunctions, type LoopFunctionsInit } from './loop-functions.ts'
import { isLate } from './loop-load.ts'
import { LoopOutside } from './loop-outside.ts'
import { LoopThread } from './loop-thread.ts'

export interface ServeInit extends Pick<LoopFunctionsInit, 'load' | 'remembers'> {
  /** The pipe to the parent. */
  transport: Duplex
  /** See `ChannelInit`. */
  writeNow?: (bytes: Uint8Array) => number
  /** Wakes the parent. */
  ring: () => void
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

class Loop implements Ends {
  private readonly now: Clock
  private readonly pipe: Channel
  private readonly outside: LoopOutside
  private readonly thread: LoopThread
  private readonly bell: LoopBell
  private readonly functions: LoopFunctions
  private readonly calls = new FleetingMap<number, LoopCall>()
  private readonly inbox: Message[] = []

  constructor({ load, remembers, transport, writeNow, ring, die, now = () => performance.now() }: ServeInit) {
    this.now = now
    this.pipe = channel({
      stream: transport,
      lent: true,
      ...(writeNow && { writeNow }),
      maxBodyBytes: Math.max(WHOLE_BODY_MAX_BYTES, BLOCK_MAX_BYTES),
      onMessage: (message) => {
        // Known at once: what stands before it may wait for a parent that does not read because of it.
        if (message.type === FRAME.hush) this.bell.hush()
        else this.inbox.push(message)
        this.work()
      },
      // The parent is gone, and nobody else could want anything from this process.
      onEnd: () => die(),
      onDrain: () => this.work(),
    })
    const { pipe } = this
    this.bell = new LoopBell(ring, now)
    this.outside = new LoopOutside(pipe)
    this.thread = new LoopThread(pipe, this.bell, (fn) => this.functions.tidy(fn))
    const { outside, thread } = this
    this.functions = new LoopFunctions({ load, remembers, pipe, thread, outside, calls: this, die, now })
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
      if (this.pipe.backlogBytes > 0) return this.bell.ring()
      const message = this.inbox.shift()
      if (message === undefined) return
      this.handle(message)
    }
  }

  private handle(message: Message): void {
    switch (message.type) {
      case FRAME.load:
        return this.functions.load(message)
      case FRAME.unload:
        return this.functions.unload(message.id)
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
      case FRAME.ring:
        return this.bell.ring()
      default:
        throw new HitherError('bad-message', `the parent sent a frame of type ${message.type}`)
    }
  }

  private call(message: Message): void {
    const { id } = message
    const { fn: number, method, url, headers, cpuMs, patience, bodyBytes, startBy, streams } = readCall(message)
    const fn = this.functions.get(number)
    if (fn === undefined || isLate(startBy)) return this.send(FRAME.returned, id)
    if (!(fn instanceof LoopFunction)) return this.send(FRAME.ended, id, { error: fn, ...UNMEASURED })
    this.thread.begin(fn.long)
    const call = new LoopCall(id, fn, this.now(), this.pipe, this)
    fn.begin(call)
    try {
      const request = { id, method, url, headers, body: streams ? ('streams' as const) : message.body }
      call.handle = fn.guest.invoke(request, { cpuMs, patience, bodyBytes }, call)
    } catch (thrown) {
      this.end(call, { error: toHitherError(thrown).toWire() })
    } finally {
      this.thread.end()
      fn.letGo()
    }
    if (!call.ended) {
      // Only now: most end in their first turn, in which nothing is said of them.
      this.calls.set(id, call)
      this.send(FRAME.pending, id)
    }
    this.functions.settle(fn)
  }

  /** A body goes on, of a call that may have ended meanwhile. Whether the handler takes a turn for it, `onTurn` tells. */
  private flow(id: number, go: (handle: GuestCall) => void): void {
    const call = this.calls.get(id)
    if (call?.handle === undefined) return
    call.fn.hold(call)
    try {
      go(call.handle)
    } finally {
      call.fn.letGo()
    }
  }

  /** What the loop itself ends may ask for nothing more. */
  end(call: LoopCall, outcome: GuestOutcome, goesOn: boolean = false): void {
    if (call.ended) return
    const { fn, id } = call
    fn.end(call)
    call.ended = true
    this.calls.delete(id)
    const measured = {
      runMs: this.now() - call.startedMs,
      cpuMs: call.cpuMs,
      heapBytes: fn.guest.heapBytes(),
      background: goesOn,
    }
    if ('error' in outcome) {
      this.send(FRAME.ended, id, { error: wireError(outcome.error, CALL_CODES), ...measured })
    } else if ('streamed' in outcome) {
      this.send(FRAME.ended, id, measured)
    } else {
      const { status, headers, body } = outcome.response
      this.pipe.answer(id, { status, headers, ...measured }, body)
    }
    // Not from inside the isolate's own turn, where it cannot be disposed of.
    if (!this.thread.inTurn) setImmediate(() => this.functions.settle(fn))
  }

  private cancel(id: number): void {
    const call = this.calls.get(id)
    if (call === undefined) return
    const { fn } = call
    this.thread.resume(fn.number)
    call.handle?.cancel()
    if (call.ended) return
    setTimeout(() => {
      if (call.ended) return
      // It gave back the thread but will not end. Its isolate goes as soon as no other call is in it.
      this.end(call, { error: CANCELLED })
      this.functions.lose(fn)
      this.work()
    }, CANCEL_TIDY_MS)
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
