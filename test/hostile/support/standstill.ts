/**
 * How long the machine let this process stand still at most, in ms: that a look came late, less what we ourselves burned since the one before. What
 * keeps our own thread busy does not count.
 */
export class Standstill {
  longestMs = 0
  private readonly everyMs: number
  private wallMs = performance.now()
  private burnedMs = burnedMs()

  constructor(everyMs: number) {
    this.everyMs = everyMs
  }

  /** To be called every so many ms. */
  look(): void {
    const [wall, burned] = [performance.now(), burnedMs()]
    this.longestMs = Math.max(this.longestMs, wall - this.wallMs - this.everyMs - (burned - this.burnedMs))
    this.wallMs = wall
    this.burnedMs = burned
  }
}

function burnedMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
