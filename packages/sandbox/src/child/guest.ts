import type { Headers, LogLine, WireError } from '@hither/core'

/**
 * The seam inside a sandbox process: below it one isolate with the web platform and a user's function, above it the loop
 * that speaks with the parent. All of it is synchronous where V8 is: the process does nothing else.
 */
export interface GuestRequest {
  method: string
  url: string
  headers: Headers
  body: Uint8Array
}

export interface GuestResponse {
  status: number
  headers: Headers
  body: Uint8Array
}

export type GuestOutcome = { response: GuestResponse } | { error: WireError }

export interface GuestLimits {
  /** Processor time of this call, in ms. isolated-vm's own timer enforces it where it can; the parent's watchdog always does. */
  cpuMs: number
  /** The largest answer body, in bytes. */
  bodyBytes: number
}

/** A call under way in the isolate. */
export interface GuestCall {
  /** Aborts `request.signal`; `done` is still called once, with `cancelled` at the latest when the handler settles. */
  cancel(): void
}

export interface GuestInit {
  /** The bundle: one ES module without imports. */
  code: string
  /** Shown in stacks as the file's name. */
  name: string
  env: Record<string, string>
  memoryMb: number
  onLog(line: Omit<LogLine, 'cid'>): void
  /** Called before every turn that no `invoke` began (a timer, a host operation's answer), so that a stuck one is known. */
  onTurn?(): void
  /** V8 lost control of the isolate: the process must end at once. */
  onCatastrophe(message: string): void
}

/** One function, loaded and warm. */
export interface Guest {
  /** Runs the handler. `done` is called exactly once, often before `invoke` returns. */
  invoke(request: GuestRequest, limits: GuestLimits, done: (outcome: GuestOutcome) => void): GuestCall
  /** Calls whose `done` is still to come. */
  readonly pending: number
  /** False once a limit broke the isolate: every later `invoke` fails, and the owner disposes and loads again. */
  readonly usable: boolean
  /** Processor time of the isolate since it was made, in ms. */
  cpuMs(): number
  heapBytes(): number
  dispose(): void
}

/** Boots an isolate and evaluates the bundle in it. Throws a HitherError `handler-invalid` or `limit-…`. */
export type LoadGuest = (init: GuestInit) => Guest
