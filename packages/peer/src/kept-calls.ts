import { appendFile, readFile, rename, stat } from 'node:fs/promises'
import { decodeMessage, encodeMessage, HitherError } from '@hither/core'
import type { Logger } from 'pino'
import { codeOf } from './home/error-code.ts'
import { KEPT_FLUSH_MS } from './limits.ts'
import { turns } from './turns.ts'

/** Something about each of the newest calls that were made here, by the call's id, on disk. */
export interface KeptCalls {
  /** Takes no time; on disk within KEPT_FLUSH_MS. Of a flood only the newest are kept. */
  keep(call: string, content: () => object): void
  /** What was kept, decoded. Undefined where there is nothing; throws what decoding throws where it was damaged. */
  find(call: string): Promise<unknown>
  /** Writes what is not on disk yet. */
  flush(): Promise<void>
}

export interface KeptCallsInit {
  /** The file, and, with `.old` behind it, the one before it. */
  path: string
  /** What is kept, in the words of a log. */
  what: string
  /** Of one of the two files. */
  maxBytes: number
  /** Those that wait to be written together. */
  perFlushMax: number
}

export function keptCalls(init: KeptCallsInit, log: Logger): KeptCalls {
  return new CallFile(init, log)
}

/** What a call's id is made of; nothing else is ever looked for in the file. */
const CALL_ID = /^[a-z0-9]{1,64}$/

/** One line each, which starts with the call's id: a line that a crash cut short spoils no other. */
class CallFile implements KeptCalls {
  private readonly init: KeptCallsInit
  private readonly log: Logger
  private readonly oneAtATime = turns()
  /** Not on disk yet. They are put into words only when they are written: most calls pay nothing for it. */
  private readonly waiting = new Map<string, () => object>()
  private timer: NodeJS.Timeout | undefined

  constructor(init: KeptCallsInit, log: Logger) {
    this.init = init
    this.log = log
  }

  keep(call: string, content: () => object): void {
    const [oldest] = this.waiting.keys()
    if (this.waiting.size >= this.init.perFlushMax && oldest !== undefined) this.waiting.delete(oldest)
    this.waiting.set(call, content)
    this.timer ??= setTimeout(() => void this.flush(), KEPT_FLUSH_MS).unref()
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
    const entries = [...this.waiting]
    if (entries.length === 0) return
    const { path, maxBytes, what } = this.init
    try {
      if ((await sizeOf(path)) > maxBytes) await rename(path, `${path}.old`)
      await appendFile(path, entries.map(lineOf).join(''), { mode: 0o600 })
    } catch (error) {
      this.log.warn({ err: error }, `${what} could not be kept`)
    }
    for (const [call] of entries) this.waiting.delete(call)
  }

  private async search(call: string): Promise<string | undefined> {
    const waiting = this.waiting.get(call)
    if (waiting !== undefined) return lineOf([call, waiting])
    // It may be on its way to the disk, and no more waiting.
    await this.flush()
    for (const path of [this.init.path, `${this.init.path}.old`]) {
      const text = `\n${await this.textOf(path)}`
      const at = text.lastIndexOf(`\n${call} `) + 1
      if (at > 0) return text.slice(at, text.indexOf('\n', at) + 1)
    }
    return undefined
  }

  private async textOf(path: string): Promise<string> {
    try {
      return await readFile(path, 'utf8')
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return ''
      throw new HitherError('bad-config', `the ${this.init.what} in ${path} cannot be read`, { cause: error })
    }
  }
}

function lineOf([call, content]: [string, () => object]): string {
  return `${call} ${Buffer.from(encodeMessage(content())).toString('base64url')}\n`
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 0
    throw error
  }
}
