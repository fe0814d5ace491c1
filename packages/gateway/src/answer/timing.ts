import type { CallProgress, Clock } from '@hither/core'

/** Where the time went until an answer began, for its `server-timing` header. */
export class Timing {
  private readonly now: Clock
  private readonly startedAt: number
  private resolvedAt: number | undefined
  private routedAt: number | undefined

  constructor(now: Clock) {
    this.now = now
    this.startedAt = now()
  }

  note({ type }: CallProgress): void {
    if (type === 'call:resolved') this.resolvedAt = this.now()
    // The last route counts: what was tried before it in vain was a part of finding it.
    if (type === 'call:routed') this.routedAt = this.now()
  }

  header(): string {
    const { startedAt, resolvedAt = startedAt, routedAt = resolvedAt } = this
    const [resolve, route, answer] = [resolvedAt - startedAt, routedAt - resolvedAt, this.now() - routedAt]
    return `resolve;dur=${resolve.toFixed(2)}, route;dur=${route.toFixed(2)}, answer;dur=${answer.toFixed(2)}`
  }
}
