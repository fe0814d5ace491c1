import { FleetingMap } from '@hither/core/fleeting'
import { TIMERS_MAX } from '../wall/limits.ts'
import { current, enter, findCall, onClose, type Call } from '../call/calls.ts'
import { now } from '../clock.ts'
import { host } from '../host.ts'
import { apply, max } from '../primordials.ts'
import { report } from '../report.ts'
import { QuotaExceededError } from './quota-exceeded-error.ts'

interface Timer {
  id: number
  at: number
  /** Undefined where it fires once. */
  everyMs: number | undefined
  owner: Call
  handler: (...args: unknown[]) => unknown
  args: unknown[]
}

/** The longest delay, as everywhere: beyond 31 bits it counts as none. */
const DELAY_MAX_MS = 2 ** 31 - 1

const timers = new FleetingMap<number, Timer>()
let lastId = 0

/** The timer for which the host's is armed. */
let armed: Timer | undefined

export function setTimeout(handler: unknown, delay?: unknown, ...args: unknown[]): number {
  return set('setTimeout', handler, delay, args, false)
}

export function setInterval(handler: unknown, delay?: unknown, ...args: unknown[]): number {
  return set('setInterval', handler, delay, args, true)
}

export function clearTimeout(id?: unknown): void {
  if (timers.delete(Number(id))) arm()
}

export function clearInterval(id?: unknown): void {
  clearTimeout(id)
}

/** Runs the next timer if it is due; one at a time, so that its microtasks run before the next. */
export function fire(): void {
  const timer = armed
  armed = undefined
  if (timer !== undefined && timer.at <= now()) {
    if (timer.everyMs === undefined) timers.delete(timer.id)
    else timer.at = now() + timer.everyMs
    enter(timer.owner)
    run(timer)
  }
  arm()
}

/** How many are still to fire for a call; they are gone then. */
function clearTimersOf(owner: Call): number {
  const its = [...timers.values()].filter((timer) => timer.owner === owner)
  for (const { id } of its) timers.delete(id)
  if (its.length > 0) arm()
  return its.length
}

onClose(clearTimersOf)

function set(name: string, handler: unknown, delay: unknown, args: unknown[], repeat: boolean): number {
  if (typeof handler !== 'function') throw new TypeError(`Failed to execute '${name}': the handler is not a function`)
  if (timers.size >= TIMERS_MAX) {
    throw new QuotaExceededError(`A function can have ${TIMERS_MAX} timers at once`, { quota: TIMERS_MAX })
  }
  const wanted = Number(delay)
  const ms = wanted >= 1 && wanted <= DELAY_MAX_MS ? wanted : 1
  const id = ++lastId
  // Nobody would take away a timer of a call that is over, and the process fires none for it: it would be the next for ever.
  if (findCall(current.id) !== current) return id
  const everyMs = repeat ? ms : undefined
  timers.set(id, { id, at: now() + ms, everyMs, owner: current, handler: handler as Timer['handler'], args })
  arm()
  return id
}

function run(timer: Timer): void {
  try {
    apply(timer.handler, globalThis, timer.args)
  } catch (thrown) {
    report('a timer threw', thrown)
  }
}

/** Tells the host of the next timer, where that is another one than it knows. */
function arm(): void {
  let next: Timer | undefined
  for (const timer of timers.values()) {
    if (next === undefined || timer.at < next.at) next = timer
  }
  if (next === armed) return
  armed = next
  if (next === undefined) host.arm(-1, 0)
  else host.arm(max(0, next.at - now()), next.owner.id)
}
