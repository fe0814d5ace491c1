import { FrameReader, type Frame, type Services } from '@hither/core'
import { budget } from '../../src/budget.ts'
import { caller, type Caller } from '../../src/protocols/call/caller.ts'
import { callServer } from '../../src/protocols/call/server.ts'
import { meter } from '../../src/traffic.ts'
import { manualTime } from './manual-timers.ts'
import { memoryPair, type MemoryDuplex } from './memory-duplex.ts'
import { services } from './services.ts'

/** Both real ends of a call stream, with nothing between them but memory, and a runner that echoes. */
export interface CallPair {
  calls: Caller
  /** What they have written, write by write. */
  caller: MemoryDuplex
  runner: MemoryDuplex
}

export function callPair(offered: Services = services()): CallPair {
  const [near, far] = memoryPair()
  const time = manualTime()
  callServer({
    duplex: far,
    from: 'caller',
    services: offered,
    bodies: { open: () => Promise.reject(new Error('no body is long here')) },
    memory: budget(Infinity),
    now: time.now,
    timers: time.timers,
    meter: meter(),
    adverts: () => undefined,
    called: () => {},
    pinged: () => {},
    ended: () => {},
  })
  const calls = caller({
    duplex: near,
    timers: time.timers,
    peer: 'runner',
    meter: meter(),
    asksAdverts: () => undefined,
    listens: () => false,
    adverts: () => {},
    used: () => {},
    pong: () => {},
    said: () => {},
    ended: () => {},
  })
  return { calls, caller: near, runner: far }
}

export function framesIn(writes: readonly Uint8Array[]): Frame[] {
  const reader = new FrameReader()
  return writes.flatMap((bytes) => [...reader.push(bytes)])
}
