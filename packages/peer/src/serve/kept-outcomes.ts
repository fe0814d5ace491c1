import { encodeMessage, fromWire, HitherError, mayFail, type Clock, type PeerId, type WholeAnswer } from '@hither/core'
import { digestWhole } from '../digest.ts'
import {
  REPLAY_FACT_BYTES,
  REPLAY_FACTS_PER_CALLER_MAX,
  REPLAY_FIELD_BYTES,
  REPLAY_LEAST_BYTES,
  REPLAY_MS,
  REPLAYS_MAX_BYTES,
  REPLAYS_PER_CALLER_MAX,
  REPLAYS_PER_CALLER_MAX_BYTES,
} from '../limits/serving.ts'
import type { Timers } from '../timers.ts'

/** How a call ended that is not to run again. */
export type Outcome = WholeAnswer | HitherError

/** Outcomes of calls, each for REPLAY_MS, in what room there is for them all. */
export interface KeptOutcomes {
  /** `already-ran` where there was no room for it any more. */
  get(id: string): Outcome | undefined
  /**
   * The oldest make room for it: its caller's own where its share is full, or more than an equal one where everything is, else those of all.
   * Of one that only its caller's share has no room for it stays known that there was one.
   */
  keep(caller: PeerId, id: string, outcome: Outcome): void
  /** What they hold, in bytes. */
  readonly bytes: number
}

export interface KeptOutcomesInit {
  now: Clock
  timers: Timers
}

export function keptOutcomes(init: KeptOutcomesInit): KeptOutcomes {
  return new Kept(init)
}

interface Entry {
  caller: PeerId
  /** Undefined: there was one. */
  outcome: Outcome | undefined
  bytes: number
  /** When it is too old. */
  endsAt: number
}

/** What one caller has of it. */
interface Share {
  /** Those whose outcome is here, oldest first. */
  whole: Set<string>
  wholeBytes: number
  /** Those of which it is only known that there was one: all of them older. */
  facts: Set<string>
  bytes: number
}

class Kept implements KeptOutcomes {
  private readonly init: KeptOutcomesInit
  /** Oldest first, which are those that end first. */
  private readonly entries = new Map<string, Entry>()
  private readonly shares = new Map<PeerId, Share>()
  private sweeping = false
  bytes = 0

  constructor(init: KeptOutcomesInit) {
    this.init = init
  }

  get(id: string): Outcome | undefined {
    const entry = this.entries.get(id)
    return entry !== undefined && entry.endsAt > this.init.now() ? (entry.outcome ?? gone()) : undefined
  }

  keep(caller: PeerId, id: string, outcome: Outcome): void {
    this.drop(id)
    const bytes = bytesOf(id, outcome)
    const share = this.shares.get(caller) ?? { whole: new Set(), wholeBytes: 0, facts: new Set(), bytes: 0 }
    this.shares.set(caller, share)
    this.entries.set(id, { caller, outcome: alone(outcome), bytes, endsAt: this.init.now() + REPLAY_MS })
    share.whole.add(id)
    share.wholeBytes += bytes
    share.bytes += bytes
    this.bytes += bytes
    while (share.whole.size > REPLAYS_PER_CALLER_MAX || share.wholeBytes > REPLAYS_PER_CALLER_MAX_BYTES)
      this.shortenFirst(share)
    while (share.facts.size > REPLAY_FACTS_PER_CALLER_MAX) this.dropFirst(share.facts)
    while (this.bytes > REPLAYS_MAX_BYTES) {
      const isFair = share.bytes <= REPLAYS_MAX_BYTES / this.shares.size
      this.dropFirst(isFair ? this.entries.keys() : share.facts.size > 0 ? share.facts : share.whole)
    }
    this.sweepLater()
  }

  /** Of its oldest outcome the fact stays. */
  private shortenFirst(share: Share): void {
    const [id = ''] = share.whole
    const entry = this.entries.get(id)
    if (entry === undefined) return
    const bytes = REPLAY_FACT_BYTES + id.length
    share.whole.delete(id)
    share.facts.add(id)
    share.wholeBytes -= entry.bytes
    share.bytes += bytes - entry.bytes
    this.bytes += bytes - entry.bytes
    Object.assign(entry, { outcome: undefined, bytes })
  }

  private dropFirst(ids: Iterable<string>): void {
    for (const id of ids) return this.drop(id)
  }

  private drop(id: string): void {
    const entry = this.entries.get(id)
    if (entry === undefined) return
    this.entries.delete(id)
    this.bytes -= entry.bytes
    const share = this.shares.get(entry.caller)
    if (share === undefined) return
    share.facts.delete(id)
    if (share.whole.delete(id)) share.wholeBytes -= entry.bytes
    share.bytes -= entry.bytes
    if (share.bytes === 0) this.shares.delete(entry.caller)
  }

  /** One timer for all, which waits for the first. */
  private sweepLater(): void {
    if (this.sweeping) return
    for (const { endsAt } of this.entries.values()) {
      this.sweeping = true
      this.init.timers.after(Math.max(0, Math.ceil(endsAt - this.init.now())), () => {
        this.sweeping = false
        this.sweep()
      })
      return
    }
  }

  private sweep(): void {
    const now = this.init.now()
    for (const [id, { endsAt }] of this.entries) {
      if (endsAt > now) break
      this.drop(id)
    }
    this.sweepLater()
  }
}

/** One that was pushed out by later ones: by their number, or earlier by their bytes. */
function gone(): HitherError {
  const mb = REPLAYS_PER_CALLER_MAX_BYTES / 1024 ** 2
  return new HitherError('already-ran', 'the call ran already, and its answer is kept no longer', {
    why: `of one peer's calls with keys the last ${REPLAYS_PER_CALLER_MAX} answers are kept, or fewer where they take more than ${mb} MiB`,
    fix: 'repeat a call sooner, or ask for what it left behind by another',
  })
}

/** What it holds of memory, about: a small header takes a multiple of what it is on the wire. */
function bytesOf(id: string, outcome: Outcome): number {
  const bytes = REPLAY_LEAST_BYTES + id.length
  if (outcome instanceof HitherError) return bytes + encodeMessage(outcome.toWire()).length
  const fields = outcome.head?.headers ?? []
  return fields.reduce(
    (sum, [name, value]) => sum + REPLAY_FIELD_BYTES + name.length + value.length,
    bytes + outcome.body.length,
  )
}

/** Without what came to be with it: the memory that its body may be a part of, the receipts that share its seal, an error's causes. */
function alone(outcome: Outcome): Outcome {
  if (outcome instanceof HitherError) return fromWire(outcome.toWire())
  const { trailer } = outcome
  const seal = trailer.seal?.then(({ tree, at }) => ({ tree: tree.only(at, digestWhole), at: 0 }))
  return {
    ...outcome,
    body: new Uint8Array(outcome.body),
    trailer: seal === undefined ? trailer : { ...trailer, seal: mayFail(seal) },
  }
}
