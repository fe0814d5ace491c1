import { once } from 'node:events'
import { duplexPair } from 'node:stream'
import { DEFAULT_LIMITS } from '@hither/core'
import { channel } from '../ipc/channel.ts'
import { FRAME } from '../ipc/frames.ts'
import type { CallHead } from '../ipc/heads.ts'
import { serveSandbox, type ServeInit } from './loop.ts'

/** Functions that are rehearsed: V8 is quicker with what it has seen more than once, but by less each time. */
const TIMES = 2

/** What says that a call is over, well or not. */
const ENDS: ReadonlySet<number> = new Set([FRAME.answered, FRAME.ended, FRAME.returned])

const CODE = new TextEncoder().encode('export default { fetch: () => new Response("ok") }')
const { memoryMb, cpuMs, bodyBytes } = DEFAULT_LIMITS
const startBy = Number.MAX_SAFE_INTEGER
const LOAD = { name: 'rehearsal', bundle: '', env: {}, memoryMb, bodyBytes, startBy }
const CALL: Omit<CallHead, 'fn'> = {
  method: 'GET',
  url: 'http://fn.localhost/',
  headers: [['accept', '*/*']],
  cpuMs,
  bodyBytes,
  startBy,
  streams: false,
}

/**
 * Has all of this program load a function of ours and answer a call of it, as if a parent had asked, before there is one. What V8 has
 * never run it has to compile first, which took half of the time of a first answer.
 */
export async function rehearse(init: Pick<ServeInit, 'load' | 'remembers'>): Promise<void> {
  const [near, far] = duplexPair()
  const closed = once(near, 'close')
  serveSandbox({ ...init, transport: near, ring: () => undefined, die: () => near.destroy() })
  let answered = Promise.withResolvers<void>()
  const pipe = channel({
    stream: far,
    maxBodyBytes: bodyBytes,
    onMessage: ({ type }) => ENDS.has(type) && answered.resolve(),
    onEnd: () => undefined,
  })
  for (let fn = 1; fn <= TIMES; fn++) {
    answered = Promise.withResolvers()
    pipe.send(FRAME.load, fn, LOAD, CODE)
    pipe.call(fn, { ...CALL, fn })
    pipe.flush()
    // A process that cannot rehearse can serve, or says why not when it is asked to.
    await Promise.race([answered.promise, closed])
    pipe.send(FRAME.unload, fn)
    pipe.flush()
  }
  far.end()
  await closed
}
