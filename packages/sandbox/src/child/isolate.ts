import { makeCalls } from './guest-calls.ts'
import { makeCell } from './guest-cell.ts'
import { loadBundle } from './guest-load.ts'
import type { LoadGuest } from './guest.ts'
import { makeServices } from './services/table.ts'
import { KEEP_CODE_AFTER_MS } from '../guest/wall/limits.ts'

/** One function in an isolate of its own: the cell, the bundle in it, and its calls. */
export const loadGuest: LoadGuest = (init) => {
  const cell = makeCell({ ...init, services: makeServices(init) })
  try {
    const { keep } = loadBundle(cell, init)
    if (keep !== undefined) setTimeout(() => keep() && init.onRemembered?.(), KEEP_CODE_AFTER_MS).unref()
  } catch (error) {
    cell.dispose()
    throw error
  }
  const calls = makeCalls(cell, init)
  return {
    invoke: (request, limits, events) => calls.invoke(request, limits, events),
    get pending() {
      return calls.pending
    },
    get usable() {
      return calls.usable
    },
    cpuMs: () => cell.cpuMs(),
    heapBytes: () => cell.heapBytes(),
    dispose() {
      calls.stop('its owner disposed it')
      cell.dispose()
    },
  }
}
