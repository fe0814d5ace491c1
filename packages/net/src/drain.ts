import type { Registry } from './registry.ts'
import type { Servers } from './servers.ts'
import type { Timers } from './timers.ts'

export interface DrainComponents {
  registry: Registry
  servers: Servers
  timers: Timers
}

/** Resolves when all calls are over and their answers read, or when the time is up. */
export async function drain(on: DrainComponents, graceMs: number): Promise<void> {
  const timeUp = Promise.withResolvers<void>()
  const stopTimer = on.timers.after(graceMs, timeUp.resolve, true)
  await Promise.race([finish(on, graceMs), timeUp.promise])
  stopTimer()
}

async function finish({ registry, servers }: DrainComponents, graceMs: number): Promise<void> {
  await Promise.all([servers.drain(), ...registry.list().map((link) => link.answered())])
  // Whoever sees the end of its call stream hangs up: only now, when nobody waits for anything on the connection. That it
  // ends the stream in turn is how we know that it has read everything.
  registry.close()
  await servers.close(graceMs)
}
