import type { Clock } from '@hither/core'
import {
  BEAT_MS,
  IDLE_BEAT_MS,
  IDLE_SILENCE_MS,
  IDLE_STEP_MS,
  IDLE_TURN_MS,
  IN_USE_MS,
  LATE_MS,
  MEASURE_MS,
  OPENING_PINGS,
  PINGS_UNANSWERED_MAX,
  SETTLING_MS,
  SETTLING_PINGS,
  SILENCE_MS,
  SURPRISE_MS,
  SURPRISE_TIMES,
} from './limits/heartbeat.ts'
import { broken } from './protocols/call/frames.ts'
import type { Timers } from './timers.ts'

export interface HeartbeatInit {
  timers: Timers
  now: Clock
  /** Calls on the link now, in either direction. */
  inFlight(): number
  /** Sends the ping of this number. */
  ping(id: number): void
  /** The other side is gone (`silent`: nothing at all comes from it), or as good as gone; `why` in words. Said once. */
  dead(why: string, silent: boolean): void
}

/**
 * Finds out whether the other side lives, and how far it is. Pings at once and some seconds long; then in use where nothing else comes
 * from there, and now and then where it is called, to measure; while idle both sides take turns.
 */
export interface Heartbeat {
  start(): void
  /** Anything came from the other side, also what is not whole yet. */
  heard(): void
  /** The other side pinged. */
  pinged(): void
  /** Pings now: it has something to say. */
  ask(): void
  /** A call began or ended: one of ours, or one from there. */
  used(by: 'us' | 'them'): void
  /**
   * The round trip, in ms, of the ping that this answers; undefined where it is not to be believed before it was measured again.
   * Throws `bad-message` where there was no such ping.
   */
  pong(id: number): number | undefined
  stop(): void
}

export function heartbeat(init: HeartbeatInit): Heartbeat {
  return new LinkHeartbeat(init)
}

class LinkHeartbeat implements Heartbeat {
  private readonly init: HeartbeatInit
  /** Pings without an answer: their number and when they left. */
  private readonly sent = new Map<number, number>()
  private lastId = 0
  private answered = 0
  private lastPing = -Infinity
  /** When the other side pinged last. */
  private pingedAt = -Infinity
  private quietSince: number
  private lastUse = -Infinity
  private lastOwnUse = -Infinity
  private rttMs = 0
  /** The last round trip that was believed, and the surprising ones since. */
  private believedMs = Infinity
  private surprises: number[] = []
  /** The pace of the last beat: that of a link in use. */
  private quick = false
  /**
   * It came into use just now. The next that comes may be a ping that an idle peer sent without having heard of that: it shows
   * that one way is whole, and only an answer, or a second sign, shows the other.
   */
  private doubted = false
  private stopTimer: () => void = () => {}
  private stopped = false

  constructor(init: HeartbeatInit) {
    this.init = init
    this.quietSince = init.now()
  }

  start(): void {
    this.beat(this.init.now())
  }

  heard(): void {
    if (!this.doubted) this.quietSince = this.init.now()
    this.doubted = false
  }

  pinged(): void {
    const now = this.init.now()
    this.pingedAt = now
    this.rest(now)
  }

  ask(): void {
    if (!this.stopped) this.ping(this.init.now())
  }

  used(by: 'us' | 'them'): void {
    const now = this.init.now()
    this.lastUse = now
    if (by === 'us') this.lastOwnUse = now
    if (this.quick || this.stopped) return
    // While idle nobody listened closely: the silence that counts begins with this ping.
    this.quietSince = now
    this.doubted = true
    this.ping(now)
    this.beat(now)
  }

  pong(id: number): number | undefined {
    const at = this.sent.get(id)
    if (at === undefined) throw broken(`it answers ping ${id}, which does not wait for an answer`)
    // Older ones will not be answered any more: the stream keeps order.
    for (const older of this.sent.keys()) {
      this.sent.delete(older)
      if (older === id) break
    }
    const now = this.init.now()
    this.doubted = false
    this.quietSince = now
    this.answered += 1
    this.rttMs = now - at
    const believed = this.believe(this.rttMs)
    if ((this.answered < OPENING_PINGS || believed === undefined) && !this.stopped) this.ping(now)
    this.rest(now)
    return believed
  }

  stop(): void {
    this.stopped = true
    this.stopTimer()
  }

  private beat(now: number): void {
    this.quick = this.init.inFlight() > 0 || now - this.lastUse < IN_USE_MS
    const silentMs = now - this.quietSince
    const allowedMs = this.quick ? SILENCE_MS : IDLE_SILENCE_MS
    if (silentMs >= allowedMs) return this.die(`it was silent for ${(silentMs / 1000).toFixed(1)} s`, true)
    if (this.sent.size >= PINGS_UNANSWERED_MAX) return this.die('it answers no pings', false)
    if (now >= this.nextPing()) this.ping(now)
    this.wait(now, Math.min(this.nextPing(), this.quietSince + allowedMs))
  }

  /** An idle link need not wake anybody before its next ping: what that waited for is here, or it is due later now. */
  private rest(now: number): void {
    if (!this.quick) this.wait(now, Math.min(this.nextPing(), this.quietSince + IDLE_SILENCE_MS))
  }

  /** When the next ping is due, if nothing comes from there until then. */
  private nextPing(): number {
    return Math.min(this.nextSettling(), this.nextBeat())
  }

  private nextSettling(): number {
    const settled = this.answered - OPENING_PINGS
    if (settled < 0 || settled >= SETTLING_PINGS || this.sent.size > 0) return Infinity
    return this.lastPing + SETTLING_MS * 2 ** settled
  }

  private nextBeat(): number {
    const { lastPing, pingedAt, quietSince } = this
    if (lastPing === -Infinity) return quietSince
    if (this.quick) {
      // Where answers take long, one that is asked for only when it is missed comes too late.
      if (this.rttMs > BEAT_MS / 2) return lastPing + BEAT_MS
      const measure = this.lastUse - this.lastOwnUse < IN_USE_MS ? lastPing + MEASURE_MS : lastPing + IDLE_BEAT_MS
      return Math.max(lastPing + BEAT_MS, Math.min(measure, quietSince + BEAT_MS))
    }
    const due = lastPing > pingedAt ? lastPing + IDLE_BEAT_MS + IDLE_TURN_MS : pingedAt + IDLE_BEAT_MS
    return due - (due % IDLE_STEP_MS)
  }

  /** A round trip can only be too long, and is where either machine was busy just then: of surprising ones the least counts. */
  private believe(ms: number): number | undefined {
    this.surprises.push(ms)
    const surprising = this.believedMs < Infinity && ms > SURPRISE_TIMES * this.believedMs + SURPRISE_MS
    if (surprising && this.surprises.length < OPENING_PINGS) return undefined
    this.believedMs = Math.min(...this.surprises)
    this.surprises = []
    return this.believedMs
  }

  private die(why: string, silent: boolean): void {
    this.stop()
    this.init.dead(why, silent)
  }

  private ping(now: number): void {
    this.lastPing = now
    this.lastId = (this.lastId + 1) >>> 0
    this.sent.set(this.lastId, now)
    this.init.ping(this.lastId)
  }

  private wait(now: number, until: number): void {
    this.stopTimer()
    if (this.stopped) return
    this.stopTimer = this.init.timers.after(Math.max(0, until - now), () => {
      const woke = this.init.now()
      if (woke - until > LATE_MS) this.quietSince = woke
      this.beat(woke)
    })
  }
}
