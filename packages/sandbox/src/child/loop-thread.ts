import type { Channel } from '../ipc/channel.ts'
import { FRAME } from '../ipc/frames.ts'

/** Who has the process's one thread. The parent is told before the turn begins, which may never come back. */
export class LoopThread {
  private readonly pipe: Channel
  private readonly onYielded: (fn: number) => void
  private running = false
  private resumed: number | undefined

  /** `onYielded`: a function that took the thread by itself has given it back. */
  constructor(pipe: Channel, onYielded: (fn: number) => void) {
    this.pipe = pipe
    this.onYielded = onYielded
  }

  /** A turn that the loop itself began is under way. */
  get inTurn(): boolean {
    return this.running
  }

  turn<T>(run: () => T): T {
    this.release()
    this.pipe.flush()
    this.running = true
    try {
      return run()
    } finally {
      this.running = false
    }
  }

  /** A pending call of this function takes the thread, until the event loop has it again. */
  resume(fn: number): void {
    if (this.running || this.resumed === fn) return
    this.release()
    this.resumed = fn
    this.pipe.send(FRAME.resumed, fn)
    this.pipe.flush()
    setImmediate(() => {
      this.release()
      this.pipe.flush()
    })
  }

  /** Takes the thread back from a function that took it by itself. */
  release(): void {
    const fn = this.resumed
    if (fn === undefined) return
    this.resumed = undefined
    this.pipe.send(FRAME.yielded, fn)
    this.onYielded(fn)
  }
}
