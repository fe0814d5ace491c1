import { toHitherError, type Clock, type WireError } from '@hither/core'
import type { Channel } from '../ipc/channel.ts'
import { LOAD_CODES } from '../ipc/codes.ts'
import { FRAME } from '../ipc/frames.ts'
import type { Message } from '../ipc/messages.ts'
import type { LoadGuest } from './guest.ts'
import type { Ends } from './loop-call.ts'
import { BROKEN, MESSAGE_MAX_CHARS, wireError } from './loop-errors.ts'
import { LoopFunction } from './loop-function.ts'
import { isLate, readLoad } from './loop-load.ts'
import { LoopLogs } from './loop-logs.ts'
import type { LoopOutside } from './loop-outside.ts'
import type { LoopThread } from './loop-thread.ts'

export interface LoopFunctionsInit {
  load: LoadGuest
  /** Can it load this bundle without its code? */
  remembers: (bundle: string) => boolean
  pipe: Channel
  thread: LoopThread
  outside: LoopOutside
  calls: Ends
  die: () => void
  now: Clock
}

/** The functions of this process, from their load to the end of their last call. */
export class LoopFunctions {
  private readonly init: LoopFunctionsInit
  /** What there is of each: up, or the reason why it is not. */
  private readonly all = new Map<number, LoopFunction | WireError>()

  constructor(init: LoopFunctionsInit) {
    this.init = init
  }

  get(number: number): LoopFunction | WireError | undefined {
    return this.all.get(number)
  }

  load(message: Message): void {
    const { load, remembers, pipe, thread, outside, now } = this.init
    const { id } = message
    const { startBy, remembered, ...init } = readLoad(message)
    if (isLate(startBy) || (remembered && !remembers(init.bundle))) return pipe.send(FRAME.lost, id)
    const logs = new LoopLogs(now, (line) => pipe.send(FRAME.log, id, line))
    thread.begin(true)
    try {
      const guest = load({
        ...init,
        outside,
        onRemembered: () => pipe.send(FRAME.remembered, id),
        onLog: (line) => logs.add(line),
        onTurn: () => thread.resume(id),
        onCatastrophe: (text) => this.catastrophe(id, text),
      })
      this.all.set(id, new LoopFunction(id, guest, logs))
      pipe.send(FRAME.loaded, id)
    } catch (thrown) {
      const error = wireError(toHitherError(thrown), LOAD_CODES)
      this.all.set(id, error)
      pipe.send(FRAME.loaded, id, { error })
    } finally {
      thread.end()
    }
  }

  unload(number: number): void {
    const fn = this.all.get(number)
    this.all.delete(number)
    if (!(fn instanceof LoopFunction)) return
    fn.lost = true
    this.settle(fn)
  }

  /** After a turn: notices a broken isolate, and disposes of one that nobody uses any more. */
  settle(fn: LoopFunction): void {
    if (!fn.guest.usable && !fn.lost) {
      for (const call of fn.calls) this.init.calls.end(call, { error: BROKEN }, false)
      this.lose(fn)
    } else if (fn.lost && fn.calls.size === 0) {
      fn.dispose()
    }
  }

  /** The same for one that took a turn by itself. */
  tidy(number: number): void {
    const fn = this.all.get(number)
    if (fn instanceof LoopFunction) this.settle(fn)
  }

  /** It takes no more calls: its isolate goes as soon as there is none in it. */
  lose(fn: LoopFunction): void {
    if (fn.lost) return
    fn.lost = true
    this.all.delete(fn.number)
    this.init.pipe.send(FRAME.lost, fn.number)
    this.settle(fn)
  }

  private catastrophe(number: number, text: string): void {
    const { pipe, die } = this.init
    pipe.send(FRAME.catastrophe, number, { text: text.slice(0, MESSAGE_MAX_CHARS) })
    pipe.flush()
    die()
  }
}
