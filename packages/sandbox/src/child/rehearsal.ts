import { once } from 'node:events'
import { duplexPair } from 'node:stream'
import { DEFAULT_LIMITS } from '@hither/core'
import { channel } from '../ipc/channel.ts'
import { FRAME } from '../ipc/frames.ts'
import { messageFrames } from '../ipc/messages.ts'
import { serveSandbox, type ServeInit } from './loop.ts'

/** Functions that are rehearsed: V8 is quicker with what it has seen more than once, but by less each time. */
const TIMES = 3

const CODE = new TextEncoder().encode('export default { fetch: () => new Response("ok") }')
const REQUEST = { method: 'GET', url: 'http://fn.localhost/', headers: [['accept', '*/*']] }

/**
 * Has all of this program load a function of ours and answer a call of it, as if a parent had asked, before there is one. What V8 has
 * never run it has to compile first, which took half of the time of a first answer.
 */
export async function rehearse(init: Pick<ServeInit, 'load' | 'remembers'>): Promise<void> {
  const [near, far] = duplexPair()
  serveSandbox({ ...init, transport: near, die: () => near.destroy() })
  let answered = Promise.withResolvers<void>()
  const pipe = channel({
    stream: far,
    maxBodyBytes: DEFAULT_LIMITS.bodyBytes,
    onMessage: ({ type }) => type === FRAME.ended && answered.resolve(),
    onEnd: () => undefined,
  })
  const { memoryMb, cpuMs, bodyBytes } = DEFAULT_LIMITS
  for (let fn = 1; fn <= TIMES; fn++) {
    answered = Promise.withResolvers()
    pipe.send(messageFrames(FRAME.load, fn, { name: 'rehearsal', bundle: '', env: {}, memoryMb, bodyBytes }, CODE))
    pipe.send(messageFrames(FRAME.call, fn, { fn, ...REQUEST, cpuMs, bodyBytes }))
    pipe.flush()
    await answered.promise
    pipe.send(messageFrames(FRAME.unload, fn))
    pipe.flush()
  }
  far.end()
  await once(near, 'close')
}
