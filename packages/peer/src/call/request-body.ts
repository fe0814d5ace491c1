import { createHash, type Hash } from 'node:crypto'
import { giveBack, HitherError, isWhole, mayFail, type Body, type ByteStream } from '@hither/core'
import { digestWhole } from '../digest.ts'
import { REQUEST_KEPT_BYTES } from '../limits/calls.ts'

/** A request's body, from which each attempt of a call sends the same. */
export interface RequestBody {
  /**
   * For one attempt, which ends before the next begins; `hashed` where its digest will be asked for. Throws `too-large` where too much
   * of a stream has gone to the one before, and why its source broke where it did.
   */
  open(hashed: boolean): Body
  /** Its SHA-256; undefined while the last attempt has not read a stream to its end. */
  digest(): Uint8Array | undefined
  /** Bytes that were read of it so far. */
  bytes(): number
  readonly streamed: boolean
  /** Why its source broke. Whatever the call then ends with is the fault of no runner. */
  readonly broken: HitherError | undefined
  /** No attempt follows: a stream ends here. */
  leave(): void
}

export function requestBody(body: Body = NOTHING): RequestBody {
  return isWhole(body) ? new WholeRequest(body) : new StreamedRequest(body)
}

const NOTHING = new Uint8Array(0)

class WholeRequest implements RequestBody {
  readonly streamed = false
  readonly broken = undefined
  private readonly body: Uint8Array
  private result: Uint8Array | undefined

  constructor(body: Uint8Array) {
    this.body = body
  }

  open(): Uint8Array {
    return this.body
  }

  digest(): Uint8Array {
    return (this.result ??= digestWhole(this.body))
  }

  bytes(): number {
    return this.body.length
  }

  leave(): void {}
}

/**
 * A stream can be read once, but a runner that refuses has read little of it: the beginning is kept, so that another runner
 * can have it. A piece is its reader's for good, who may give its memory away: what is kept then is a copy.
 */
class StreamedRequest implements RequestBody {
  readonly streamed = true
  broken: HitherError | undefined
  private readonly source: AsyncIterator<Uint8Array>
  private ended = false
  private result: Uint8Array | undefined
  private total = 0
  /** Pieces that were read, from number `dropped` on; of those before number `had`, which an attempt had already, a copy. */
  private readonly kept: Uint8Array[] = []
  private dropped = 0
  private had = 0
  private left = false
  private reading: Promise<void> | undefined

  constructor(stream: ByteStream) {
    this.source = stream[Symbol.asyncIterator]()
  }

  open(hashed: boolean): ByteStream {
    if (this.broken !== undefined) throw this.broken
    if (this.dropped > 0) {
      throw new HitherError('too-large', 'the request cannot be sent to another runner', {
        why: `its body is a stream, and more than ${REQUEST_KEPT_BYTES} bytes of it went to the one before`,
        fix: 'call again with a new stream, or send a shorter body',
      })
    }
    this.result = undefined
    return this.pieces(hashed ? createHash('sha256') : undefined)
  }

  digest(): Uint8Array | undefined {
    return this.result
  }

  bytes(): number {
    return this.total
  }

  leave(): void {
    this.left = true
    this.forget(this.dropped + this.kept.length)
    // A source that cannot even be left has nothing more to say to this call.
    if (!this.ended && this.source.return !== undefined) void mayFail(this.source.return())
  }

  private async *pieces(hasher: Hash | undefined): AsyncGenerator<Uint8Array, void, void> {
    for (let at = 0; !this.left;) {
      const piece = this.kept[at - this.dropped]
      if (piece !== undefined) {
        hasher?.update(piece)
        yield this.handOut(piece, at)
        at += 1
        // Its reader wants more: until then another could have this piece in its place.
        if (this.total > REQUEST_KEPT_BYTES) this.forget(at)
      } else if (this.ended) {
        this.result = hasher?.digest()
        return
      } else {
        await (this.reading ??= this.read())
      }
    }
  }

  private handOut(piece: Uint8Array, number: number): Uint8Array {
    if (number < this.had) return copyOf(piece)
    this.had = number + 1
    // Once some are dropped, no other attempt gets any.
    this.kept[number - this.dropped] = this.dropped > 0 ? NOTHING : copyOf(piece)
    return piece
  }

  /** No attempt gets any piece before this one again. */
  private forget(before: number): void {
    for (; this.dropped < before; this.dropped += 1) {
      const piece = this.kept.shift()
      if (piece !== undefined && this.dropped < this.had) giveBack(piece)
    }
  }

  /** An attempt that ended while it waited leaves its reading to the next. */
  private async read(): Promise<void> {
    const { done, value } = await this.next()
    this.reading = undefined
    if (done === true) {
      this.ended = true
      return
    }
    this.total += value.length
    this.kept.push(value)
  }

  private async next(): Promise<IteratorResult<Uint8Array, unknown>> {
    try {
      const next = await this.source.next()
      if (next.done !== true && !(next.value instanceof Uint8Array)) throw noBytes(next.value)
      return next
    } catch (thrown) {
      this.broken = brokenBy(thrown)
      throw this.broken
    }
  }
}

/** A `Buffer` would make its own slice of the same memory. */
const copyOf = (piece: Uint8Array): Uint8Array => new Uint8Array(piece)

/** Who calls without types may give anything. */
function noBytes(piece: unknown): HitherError {
  return new HitherError('usage', 'the body of the request gives something else than bytes', {
    why: `a piece of it is a ${typeof piece}, not a Uint8Array`,
  })
}

/** What is no error of ours is whatever the caller's program throws. */
function brokenBy(thrown: unknown): HitherError {
  if (thrown instanceof HitherError) return thrown
  return new HitherError('cancelled', 'the body of the request broke off', {
    why: thrown instanceof Error ? thrown.message : String(thrown),
    fix: 'see to what the body is made of, and call again with a new one',
    cause: thrown,
  })
}
