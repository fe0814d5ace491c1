import { FleetingMap } from '@hither/core/fleeting'
import { findCall, onClose, type Call } from '../../call/calls.ts'
import { log } from '../../log.ts'
import { BasePromise } from '../../primordials.ts'
import { FETCHES_AT_ONCE_MAX } from '../../wall/limits.ts'

interface Line {
  open: number
  waiting: (() => void)[]
  warned: boolean
}

const lines = new FleetingMap<Call, Line>()

onClose((call) => void lines.delete(call))

/** Waits until the call has less requests open than it may. */
export async function takePlace(call: Call): Promise<void> {
  const line = lineOf(call)
  line.open += 1
  if (line.open <= FETCHES_AT_ONCE_MAX) return
  if (!line.warned)
    log(
      'warn',
      `fetch waits: ${FETCHES_AT_ONCE_MAX} requests are open; read their responses to the end, or cancel them`,
    )
  line.warned = true
  const { waiting } = line
  await new BasePromise<void>((go) => waiting.push(go))
}

export function givePlace(call: Call): void {
  const line = lines.get(call)
  if (line === undefined) return
  line.open -= 1
  line.waiting.shift()?.()
}

function lineOf(call: Call): Line {
  let line = lines.get(call)
  if (line !== undefined) return line
  line = { open: 0, waiting: [], warned: false }
  // Nobody would take away that of a call which is over.
  if (findCall(call.id) === call) lines.set(call, line)
  return line
}
