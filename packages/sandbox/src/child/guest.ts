import type { Headers, LogLine, ResponseHead, WireError } from '@hither/core'
import type { Outside } from './outside.ts'

/**
 * The seam inside a sandbox process: below it one isolate with the web platform and a user's function, above it the loop
 * that speaks with the parent. All of it is synchronous where V8 is: the process does nothing else.
 */
export interface GuestRequest {
  /** The call's number, never twice in one isolate; from 1. */
  id: number
  method: string
  url: string
  headers: Headers
  /** `streams`: it comes by `feed`, as far as it is wanted. */
  body: Uint8Array | 'streams'
}

export interface GuestResponse extends ResponseHead {
  body: Uint8Array
}

/** `streamed`: the answer that has begun is complete. */
export type GuestOutcome = { response: GuestResponse } | { streamed: true } | { error: WireError }

/** What becomes of a call, told between turns or at the end of one. */
export interface GuestEvents {
  /** The head of an answer whose body follows in pieces. */
  begin(head: ResponseHead): void
  /** As far as there is room: see `grant`. */
  piece(bytes: Uint8Array): void
  /** So many bytes more of a streamed request may come. */
  want(bytes: number): void
  /** No more of it is read. */
  leave(): void
  /** Exactly once. `goesOn`: something of it still runs, and `over` will follow. */
  done(outcome: GuestOutcome, goesOn: boolean): void
  /** Nothing of it runs any longer. */
  over(): void
}

export interface GuestLimits {
  /** Processor time of this call, in ms. isolated-vm's own timer enforces it where it can; the parent's watchdog always does. */
  cpuMs: number
  /**
   * How many times its processor time a turn may last. isolated-vm's timer goes by the wall, also while the process stands still: where that
   * is held to a part of a core, the timer is the last resort, and the parent ends what burns, and with it all functions of the process. Else 1.
   */
  patience: number
  /** The longest answer body, in bytes. */
  bodyBytes: number
}

/** A call under way in the isolate. */
export interface GuestCall {
  /** Aborts `request.signal`; `done` is still called once, with `cancelled` at the latest when the handler settles. */
  cancel(): void
  /** The next piece of a streamed request, never more than was wanted. */
  feed(piece: Uint8Array): void
  /** That was all of it; or why it was broken off, for the handler to read. */
  finish(failure?: string): void
  /** So many bytes more of a streamed answer may come. */
  grant(bytes: number): void
}

export interface GuestInit {
  /** Which bundle it is: another of the same text has the same. */
  bundle: string
  /** The bundle: one ES module without imports. Undefined where it is remembered. */
  code: string | undefined
  /** Shown in stacks as the file's name. */
  name: string
  env: Record<string, string>
  memoryMb: number
  /** See `GuestLimits`. */
  patience: number
  /** The longest response to a request of its own, unpacked, in bytes. */
  bodyBytes: number
  /** The way out for its own requests. */
  outside: Outside
  /** From now on the bundle is remembered, and others of it need not bring their code. */
  onRemembered?(): void
  onLog(line: Omit<LogLine, 'cid'>): void
  /** Called before every turn that no `invoke` began (a timer, a piece of a body), so that a stuck one is known. */
  onTurn?(): void
  /** V8 lost control of the isolate: the process must end at once. */
  onCatastrophe(message: string): void
}

/** One function, loaded and warm. */
export interface Guest {
  /** Runs the handler. `done` is often called before `invoke` returns. */
  invoke(request: GuestRequest, limits: GuestLimits, events: GuestEvents): GuestCall
  /** Calls whose `done` is still to come. */
  readonly pending: number
  /** False once a limit broke the isolate: every later `invoke` fails, and the owner disposes and loads again. */
  readonly usable: boolean
  /** Processor time of the isolate since it was made, in ms. */
  cpuMs(): number
  /** Memory that its heap holds, with what is free in it, in bytes. */
  heapBytes(): number
  dispose(): void
}

/** Boots an isolate and evaluates the bundle in it. Throws a HitherError `handler-invalid` or `limit-…`. */
export type LoadGuest = (init: GuestInit) => Guest
