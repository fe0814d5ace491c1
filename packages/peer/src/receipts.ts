import {
  checkSeal,
  HitherError,
  parseCid,
  readReceipt,
  readSeal,
  Shape,
  type CID,
  type Clock,
  type ErrorCode,
  type Proof,
} from '@hither/core'
import type { Logger } from 'pino'
import type { KeptReceipt } from './api.ts'
import { keptCalls } from './kept-calls.ts'
import { RECEIPTS_FILE_MAX_BYTES, RECEIPTS_FULL_MS, RECEIPTS_PER_FLUSH_MAX } from './limits/kept.ts'

/** Receipts of calls that were made here, the newest some ten thousand, by the call's id. */
export interface KeptReceipts {
  /** Takes no time; on disk soon. Of a flood only the newest are kept. */
  keep(entry: ReceiptEntry): void
  /** With its signature checked. Throws `unknown-receipt`, `bad-answer`. */
  find(call: string): Promise<KeptReceipt>
  /** Writes what is not on disk yet, but for those that are not signed within KEPT_LATE_MS. */
  flush(): Promise<void>
}

interface ReceiptEntry {
  call: string
  cid: CID
  name: string | undefined
  proof: Proof
}

interface Timed extends ReceiptEntry {
  time: number
}

export interface KeptReceiptsComponents {
  /** The file, and, with `.old` behind it, the one before it. */
  path: string
  /** Ms since 1970. */
  wallClock: Clock
  log: Logger
}

export function keptReceipts({ path, wallClock, log }: KeptReceiptsComponents): KeptReceipts {
  const what = 'receipts'
  const bounds = {
    maxBytes: RECEIPTS_FILE_MAX_BYTES,
    perFlushMax: RECEIPTS_PER_FLUSH_MAX,
    fullMs: RECEIPTS_FULL_MS,
  }
  const calls = keptCalls({ path, what, ...bounds, contentOf }, log)
  return {
    keep: ({ call, cid, name, proof }) => calls.keep({ call, cid, name, proof, time: Math.round(wallClock()) }),
    async find(call) {
      const kept = await damaged(call, async () => {
        const found = await calls.find(call)
        return found === undefined ? undefined : readKept(call, found)
      })
      if (kept === undefined) {
        throw new HitherError('unknown-receipt', `there is no receipt of the call "${call}"`, {
          why: 'this machine keeps those of its own newest calls, which ended well',
          fix: 'take the id that `fn invoke --json` prints as "call"',
        })
      }
      await checkSeal(kept)
      return kept
    },
    flush: () => calls.flush(),
  }
}

async function contentOf({ cid, name, proof, time }: Timed): Promise<object> {
  const { receipt, seal } = await proof.prove()
  return { cid: cid.toString(), name, seal, time, receipt }
}

/** What reading a line may throw where that is not as it was written. */
const DAMAGE: ReadonlySet<ErrorCode> = new Set(['bad-message', 'bad-name'])

/** Throws `bad-answer` for a line that is damaged. */
async function damaged<T>(call: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (cause) {
    if (cause instanceof HitherError && !DAMAGE.has(cause.code)) throw cause
    throw new HitherError('bad-answer', `the receipt of the call "${call}" cannot be read`, {
      why: 'the file that keeps it was damaged',
      cause,
    })
  }
}

function readKept(call: string, found: unknown): KeptReceipt {
  const shape = new Shape(found, 'the kept receipt')
  return {
    call,
    cid: parseCid(shape.string('cid', 128)).toString(),
    ...(shape.has('name') && { name: shape.string('name', 128) }),
    time: shape.integer('time', 0, Number.MAX_SAFE_INTEGER),
    receipt: readReceipt(shape.raw('receipt')),
    seal: readSeal(shape.raw('seal')),
  }
}
