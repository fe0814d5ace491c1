import { createReadStream } from 'node:fs'
import { appendFile, rename, stat } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { decodeMessage, encodeMessage, HitherError, readWhole, toHitherError } from '@hither/core'
import type { Logger } from 'pino'
import { codeOf } from './home/error-code.ts'
import { KEPT_AT_ONCE, KEPT_FLUSH_MS, KEPT_LATE_MS, KEPT_READ_MAX_BYTES } from './limits/kept.ts'
import { turns } from './turns.ts'

/** Something about each of the newest calls that were made here, by the call's id, on disk. */
export interface KeptCalls<T> {
  /** Takes no time; on disk within KEPT_FLUSH_MS. Of a flood only the newest are kept. */
  keep(one: T): void
  /** What was kept, decoded. Undefined where there is nothing; throws what decoding throws where it was damaged. */
  find(call: string): Promise<unknown>
  /** Writes what is not on disk yet, but for what is not known within KEPT_LATE_MS: that is left to the next time. */
  flush(): Promise<void>
}

/** It lasts until it is written: the fewer objects it is made of, the less the garbage collector has to move. */
interface Lasting {
  readonly call: string
}

export interface KeptCallsInit<T> {
  /** The file, and, with `.old` behind it, the one before it. */
  path: string
  /** What is kept, in the words of a log. */
  what: string
  /** Of one of the two files. */
  maxBytes: number
  /** Those that wait to be written together. */
  perFlushMax: number
  /** How long they wait where they come so fast that more would be too many; KEPT_FLUSH_MS without it. */
  fullMs?: number
  /** Asked for when it is written, or looked for: most calls of a flood pay nothing for it. */
  contentOf(one: T): object | Promise<object>
}

export function keptCalls<T extends Lasting>(init: KeptCallsInit<T>, log: Logger): KeptCalls<T> {
  return new CallFile(init, log)
}

/** What a call's id is made of; nothing else is ever looked for in the file. */
const CALL_ID = /^[a-z0-9]{1,64}$/

/** One line each, which starts with the call's id: a line that a crash cut short spoils no other. */
class CallFile<T extends Lasting> implements KeptCalls<T> {
  private readonly init: KeptCallsInit<T>
  private readonly log: Logger
  private readonly oneAtATime = turns()
  /** Not on disk yet. When there are as many as may wait, each new one takes the place of the oldest. */
  private waiting: T[] = []
  private oldest = 0
  /** On their way to the disk. */
  private written: readonly T[] = []
  private timer: NodeJS.Timeout | undefined
  /** The file ends with a whole line, as far as is known: a crash, or a disk that became full, may have cut the last one short. */
  private endsWhole = false

  constructor(init: KeptCallsInit<T>, log: Logger) {
    this.init = init
    this.log = log
  }

  keep(one: T): void {
    const { perFlushMax } = this.init
    if (this.waiting.length < perFlushMax) this.waiting.push(one)
    else {
      this.waiting[this.oldest] = one
      this.oldest = (this.oldest + 1) % perFlushMax
    }
    this.wait()
  }

  async find(call: string): Promise<unknown> {
    const line = CALL_ID.test(call) ? await this.search(call) : undefined
    if (line === undefined) return undefined
    return decodeMessage(Buffer.from(line.slice(call.length + 1).trimEnd(), 'base64url'))
  }

  async flush(): Promise<void> {
    clearTimeout(this.timer)
    this.timer = undefined
    await this.oneAtATime('write', () => this.write())
  }

  /** It is no condition of a call: where the disk is full, the log says so and calls go on. */
  private async write(): Promise<void> {
    const all = this.inOrder()
    if (all.length === 0) return
    this.waiting = []
    this.oldest = 0
    this.written = all
    const { path, maxBytes, what } = this.init
    try {
      const lines = await this.linesOf(all)
      const size = await sizeOf(path)
      if (size > maxBytes) await rename(path, `${path}.old`)
      const start = size > 0 && size <= maxBytes && !this.endsWhole ? '\n' : ''
      this.endsWhole = false
      await appendFile(path, Buffer.concat([Buffer.from(start), ...lines]), { mode: 0o600 })
      this.endsWhole = true
    } catch (error) {
      this.log.warn({ err: error }, `${what} could not be kept`)
    }
    this.written = []
  }

  /** In the order of the calls, whichever is known first. Those that are not known in time wait again, as the oldest. */
  private async linesOf(all: readonly T[]): Promise<Buffer[]> {
    const written: Buffer[] = []
    const late: T[] = []
    const timeUp = Promise.withResolvers<void>()
    const timer = setTimeout(timeUp.resolve, KEPT_LATE_MS)
    for (let at = 0; at < all.length; at += KEPT_AT_ONCE) {
      const some = all.slice(at, at + KEPT_AT_ONCE)
      const lines = new Map<T, string>()
      let over = false
      const take = async (one: T): Promise<void> => {
        try {
          lines.set(one, await this.lineOf(one))
        } catch (error) {
          if (over) return
          lines.set(one, '')
          this.log.warn({ err: toHitherError(error) }, `one of the ${this.init.what} could not be kept`)
        }
      }
      await Promise.race([Promise.all(some.map(take)), timeUp.promise])
      // Also when the time is up: what is known already takes no time.
      await nextTurn()
      over = true
      late.push(...some.filter((one) => !lines.has(one)))
      // As bytes, which the garbage collector need not move.
      written.push(Buffer.from(some.map((one) => lines.get(one)).join(''), 'latin1'))
    }
    clearTimeout(timer)
    this.waitAgain(late)
    return written
  }

  private waitAgain(late: readonly T[]): void {
    if (late.length === 0) return
    this.waiting = [...late, ...this.inOrder()].slice(-this.init.perFlushMax)
    this.oldest = 0
    this.wait()
  }

  private inOrder(): T[] {
    return [...this.waiting.slice(this.oldest), ...this.waiting.slice(0, this.oldest)]
  }

  private wait(beforeMs: number = 0): void {
    const { fullMs = KEPT_FLUSH_MS, perFlushMax } = this.init
    this.timer ??= setTimeout(() => {
      this.timer = undefined
      const waitedMs = beforeMs + fullMs
      const wouldFit = this.waiting.length * KEPT_FLUSH_MS < perFlushMax * waitedMs
      if (waitedMs < KEPT_FLUSH_MS && wouldFit) this.wait(waitedMs)
      else void this.flush()
    }, fullMs).unref()
  }

  private async search(call: string): Promise<string | undefined> {
    const kept = [...this.waiting, ...this.written].find((one) => one.call === call)
    if (kept !== undefined) return this.lineOf(kept)
    await this.flush()
    for (const path of [this.init.path, `${this.init.path}.old`]) {
      const text = `\n${await this.textOf(path)}`
      const at = text.lastIndexOf(`\n${call} `) + 1
      if (at > 0) return text.slice(at, text.indexOf('\n', at) + 1)
    }
    return undefined
  }

  private async lineOf(one: T): Promise<string> {
    const { buffer, byteOffset, byteLength } = encodeMessage(await this.init.contentOf(one))
    return `${one.call} ${Buffer.from(buffer, byteOffset, byteLength).toString('base64url')}\n`
  }

  /** Its end, where it is longer than what this peer would have written. */
  private async textOf(path: string): Promise<string> {
    try {
      const start = Math.max(0, (await sizeOf(path)) - KEPT_READ_MAX_BYTES)
      const tail = createReadStream(path, { start, end: start + KEPT_READ_MAX_BYTES - 1 })
      const { buffer, byteOffset, byteLength } = await readWhole(tail)
      return Buffer.from(buffer, byteOffset, byteLength).toString('latin1')
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return ''
      throw new HitherError('bad-config', `the ${this.init.what} in ${path} cannot be read`, { cause: error })
    }
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 0
    throw error
  }
}
