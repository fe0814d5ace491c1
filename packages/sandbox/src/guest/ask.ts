import { FleetingMap } from '@hither/core/fleeting'
import { current, enter, findCall, onClose, type Call } from './call/calls.ts'
import { host } from './host.ts'
import { BasePromise } from './primordials.ts'
import { ASKS_CALL_MAX } from './wall/limits.ts'
import type { Reply } from './wall/protocol.ts'
import { DOMException } from './web/dom-exception.ts'

/** Asks of one call: those under way, and those that wait until there are fewer. */
interface Line {
  flying: number
  waiting: (() => void)[]
}

const lines = new FleetingMap<Call, Line>()
const pending = new FleetingMap<number, { owner: Call; resolve(reply: Reply): void }>()
let lastNumber = 0

/**
 * Asks a service of the process, on account of the present call: a text, or bytes. Rejects with what the service says is
 * wrong. Of a call that has ended nothing is settled any more. A service must not let one ask wait for a later one of the
 * same call, which may have to wait in line.
 */
export async function ask(service: string, text: string, ...buffers: ArrayBuffer[]): Promise<string | ArrayBuffer> {
  const owner = current
  const line = lineOf(owner)
  if (line.flying >= ASKS_CALL_MAX) await new BasePromise<void>((go) => line.waiting.push(go))
  const number = ++lastNumber
  const reply = host.ask(number, owner.id, service, text, ...buffers) ?? (await replyTo(number, owner, line))
  return valueOf(reply)
}

/** What an ask waited for has come. */
export function settleAsk(number: number, reply: Reply): void {
  const asked = pending.get(number)
  if (asked === undefined) return
  pending.delete(number)
  enter(asked.owner)
  asked.resolve(reply)
}

onClose((call) => {
  lines.delete(call)
  for (const [number, { owner }] of pending) if (owner === call) pending.delete(number)
})

async function replyTo(number: number, owner: Call, line: Line): Promise<Reply> {
  line.flying += 1
  const reply = await new BasePromise<Reply>((resolve) => {
    // To one that is over no reply comes, and nobody would take this away.
    if (findCall(owner.id) === owner) pending.set(number, { owner, resolve })
  })
  line.flying -= 1
  line.waiting.shift()?.()
  return reply
}

function lineOf(call: Call): Line {
  let line = lines.get(call)
  if (line !== undefined) return line
  line = { flying: 0, waiting: [] }
  // One that is over may still let go of what it had: nobody would take its line away again.
  if (findCall(call.id) === call) lines.set(call, line)
  return line
}

function valueOf(reply: Reply): string | ArrayBuffer {
  if (typeof reply !== 'string') return reply
  const text = reply.slice(1)
  if (reply.startsWith('=')) return text
  const cut = text.indexOf('\n')
  throw errorOf(text.slice(0, cut), text.slice(cut + 1))
}

function errorOf(name: string, message: string): Error {
  if (name === 'TypeError') return new TypeError(message)
  return name === 'RangeError' ? new RangeError(message) : new DOMException(message, name)
}
