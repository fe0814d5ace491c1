import type ivm from 'isolated-vm'

/** A bundle in its isolate, compiled, of which nothing has run. */
export interface Program {
  /** What `adopt` takes. */
  readonly entry: ivm.Reference<object>
  /** Evaluates it. A top-level await may stay open. */
  run(timeoutMs: number): void
}
