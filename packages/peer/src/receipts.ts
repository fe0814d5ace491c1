import { appendFile, readFile, rename, stat } from 'node:fs/promises'
import {
  checkSeal,
  decodeMessage,
  encodeMessage,
  HitherError,
  parseCid,
  readReceipt,
  readSeal,
  Shape,
  type CID,
  type Clock,
  type SealedReceipt,
} from '@hither/core'
import type { Logger } from 'pino'
import type { KeptReceipt } from './api.ts'
import { codeOf } from './home/error-code.ts'
import { RECEIPTS_FILE_MAX_BYTES, RECEIPTS_FLUSH_MS, RECEIPTS_PER_FLUSH_MAX } from './limits.ts'
import { turns } from './turns.ts'

/** Receipts of calls that were made here, the newest some ten thousand, by the call's id. */
export interface KeptReceipts {
  /** Takes no time; on disk within RECEIPTS_FLUSH_MS. Of a flood only the newest are kept. */
  keep(entry: ReceiptEntry): void
  /** With its signature checked. Throws `unknown-receipt`, `bad-answer`. */
  find(call: string): Promise<KeptReceipt>
  /** Writes what is not on disk yet. */
  flush(): Promise<void>
}

interface ReceiptEntry {
  call: string
  cid: CID
  name: string | undefined
  sealed: SealedReceipt
}

export interface KeptReceiptsComponents {
  /** The file, and, with `.old` behind it, the one before it. */
  path: string
  /** Ms since 1970. */
  wallClock: Clock
  log: Logger
}

export function keptReceipts(components: KeptReceiptsComponents): KeptReceipts {
  return new ReceiptFile(components)
}

/** What a call's id is made of; nothing else is ever looked for in the file. */
const CALL_ID = /^[a-z0-9]{1,64}$/

/** One line each, which starts with the call's id: a line that a crash cut short spoils no other. */
class ReceiptFile implements KeptReceipts {
  private readonly path: string
  private readonly wallClock: Clock
  private readonly log: Logger
  private readonly oneAtATime = turns()
  /** Not on disk yet, and when they came. They are put into words only when they are written: most calls pay nothing for it. */
  private readonly waiting = new Map<string, ReceiptEntry & { time: number }>()
  private timer: NodeJS.Timeout | undefined

  constructor({ path, wallClock, log }: KeptReceiptsComponents) {
    this.path = path
    this.wallClock = wallClock
    this.log = log
  }

  keep(entry: ReceiptEntry): void {
    const [oldest] = this.waiting.keys()
    if (this.waiting.size >= RECEIPTS_PER_FLUSH_MAX && oldest !== undefined) this.waiting.delete(oldest)
    this.waiting.set(entry.call, { ...entry, time: Math.round(this.wallClock()) })
    this.timer ??= setTimeout(() => void this.flush(), RECEIPTS_FLUSH_MS).unref()
  }

  async find(call: string): Promise<KeptReceipt> {
    const line = CALL_ID.test(call) ? await this.search(call) : undefined
    if (line === undefined) {
      throw new HitherError('unknown-receipt', `there is no receipt of the call "${call}"`, {
        why: 'this machine keeps those of its own newest calls, which ended well',
        fix: 'take the id that `fn invoke --json` prints as "call"',
      })
    }
    const kept = readLine(call, line)
    await checkSeal(kept)
    return kept
  }

  async flush(): Promise<void> {
    clearTimeout(this.timer)
    this.timer = undefined
    await this.oneAtATime('write', () => this.write())
  }

  /** A receipt is no condition of a call: where the disk is full, the log says so and calls go on. */
  private async write(): Promise<void> {
    const entries = [...this.waiting.values()]
    if (entries.length === 0) return
    try {
      if ((await sizeOf(this.path)) > RECEIPTS_FILE_MAX_BYTES) await rename(this.path, `${this.path}.old`)
      await appendFile(this.path, entries.map(lineOf).join(''), { mode: 0o600 })
    } catch (error) {
      this.log.warn({ err: error }, 'receipts could not be kept')
    }
    for (const { call } of entries) this.waiting.delete(call)
  }

  private async search(call: string): Promise<string | undefined> {
    const waiting = this.waiting.get(call)
    if (waiting !== undefined) return lineOf(waiting)
    // It may be on its way to the disk, and no more waiting.
    await this.flush()
    for (const path of [this.path, `${this.path}.old`]) {
      const text = `\n${await textOf(path)}`
      const at = text.lastIndexOf(`\n${call} `) + 1
      if (at > 0) return text.slice(at, text.indexOf('\n', at) + 1)
    }
    return undefined
  }
}

function lineOf({ call, cid, name, time, sealed }: ReceiptEntry & { time: number }): string {
  const kept = encodeMessage({ cid: cid.toString(), name, time, ...sealed })
  return `${call} ${Buffer.from(kept).toString('base64url')}\n`
}

/** Throws `bad-answer` for a line that is damaged. */
function readLine(call: string, line: string): KeptReceipt {
  try {
    const bytes = Buffer.from(line.slice(call.length + 1).trimEnd(), 'base64url')
    const shape = new Shape(decodeMessage(bytes), 'the kept receipt')
    return {
      call,
      cid: parseCid(shape.string('cid', 128)).toString(),
      ...(shape.has('name') && { name: shape.string('name', 128) }),
      time: shape.integer('time', 0, Number.MAX_SAFE_INTEGER),
      receipt: readReceipt(shape.raw('receipt')),
      seal: readSeal(shape.raw('seal')),
    }
  } catch (cause) {
    throw new HitherError('bad-answer', `the receipt of the call "${call}" cannot be read`, {
      why: 'the file that keeps it was damaged',
      cause,
    })
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

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return ''
    throw new HitherError('bad-config', `the receipts in ${path} cannot be read`, { cause: error })
  }
}
