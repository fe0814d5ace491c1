import { setTimeout as pause } from 'node:timers/promises'

/** Until a process has booted its next isolate ahead, which it does a moment after one was taken, also on a busy machine. */
export const BOOTED_AFTER_MS = 250

/** Whoever is measured next finds everybody at rest. */
export async function rested<Found>(run: () => Promise<Found>): Promise<Found> {
  const found = await run()
  await pause(BOOTED_AFTER_MS)
  return found
}
