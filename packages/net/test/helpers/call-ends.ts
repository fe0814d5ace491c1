import { decodeSeals, encodeFrames, FrameReader, type Frame, type RunnerState, type Services } from '@hither/core'
import type { Opening } from '../../src/protocols/body/opening.ts'
import type { BodyStreams } from '../../src/protocols/body/streams.ts'
import { budget, type Budget } from '../../src/budget.ts'
import { caller, type Caller } from '../../src/protocols/call/caller.ts'
import { callServer, type CallServer } from '../../src/protocols/call/server.ts'
import { FRAME } from '../../src/protocols/call/frames.ts'
import { meter } from '../../src/traffic.ts'
import { manualTime, type ManualTime } from './manual-timers.ts'
import { memoryPair, type MemoryDuplex } from './memory-duplex.ts'
import { services } from './services.ts'

export interface CallerEnd {
  calls: Caller
  /** The caller's own end, and the runner's, which the test plays. */
  near: MemoryDuplex
  far: MemoryDuplex
  /** Frames that reached the runner's end. */
  got: Frame[]
  states: (RunnerState | undefined)[]
  pongs: number[]
  ended: Promise<Error | undefined>
  time: ManualTime
}

/** A caller whose runner is the test. */
export function callerEnd(): CallerEnd {
  const [near, far] = memoryPair()
  const end = Promise.withResolvers<Error | undefined>()
  const states: (RunnerState | undefined)[] = []
  const pongs: number[] = []
  const time = manualTime()
  const calls = caller({
    duplex: near,
    timers: time.timers,
    peer: 'runner',
    meter: meter(),
    asksAdverts: () => undefined,
    listens: () => false,
    adverts: () => {},
    used: () => {},
    pong: (id) => void pongs.push(id),
    said: (state) => void states.push(state),
    ended: end.resolve,
  })
  return { calls, near, far, got: collect(far), states, pongs, ended: end.promise, time }
}

/** A stream that the runner opened for a body. */
interface OpenedBody extends Opening {
  /** The caller's end, which the test plays. */
  far: MemoryDuplex
  signal: AbortSignal
}

export interface ServerEnd {
  server: CallServer
  opened: OpenedBody[]
  near: MemoryDuplex
  /** The caller's end, which the test plays. */
  far: MemoryDuplex
  /** What came but for what the runner says of itself, and signatures, by their calls. */
  got: Frame[]
  told: Uint8Array[]
  signed: number[]
  ended: Promise<Error | undefined>
  time: ManualTime
}

/** A runner whose caller is the test. */
export function serverEnd(
  changes: Partial<Services> = {},
  memory: Budget = budget(Infinity),
  bodies?: BodyStreams,
): ServerEnd {
  const [near, far] = memoryPair()
  const end = Promise.withResolvers<Error | undefined>()
  const time = manualTime()
  const opened: OpenedBody[] = []
  const server = callServer({
    duplex: near,
    from: 'caller',
    services: services(changes),
    bodies: bodies ?? openingInto(opened),
    memory,
    now: time.now,
    timers: time.timers,
    meter: meter(),
    adverts: () => undefined,
    called: () => {},
    pinged: () => {},
    ended: end.resolve,
  })
  const beside = { told: [], signed: [] }
  return { server, opened, near, far, got: collect(far, beside), ...beside, ended: end.promise, time }
}

function openingInto(opened: OpenedBody[]): BodyStreams {
  return {
    async open(opening, signal) {
      const [near, far] = memoryPair()
      opened.push({ ...opening, far, signal })
      return near
    },
  }
}

export function say(end: MemoryDuplex, ...frames: Frame[]): void {
  end.send(encodeFrames(frames))
}

/** Lets everything that is on its way arrive, writes at the end of the tick included. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** Which calls a frame of a signature is for. */
export function callsOf({ id, payload }: Frame): number[] {
  return payload.length === 0 ? [id] : decodeSeals(payload).calls.map(({ call }) => call)
}

/** What comes but for what belongs `beside` it. */
function collect(end: MemoryDuplex, beside?: { told: Uint8Array[]; signed: number[] }): Frame[] {
  const got: Frame[] = []
  const reader = new FrameReader()
  const take = (frame: Frame): void => {
    if (frame.type === FRAME.NEWS && beside !== undefined) beside.told.push(frame.payload)
    else if (frame.type === FRAME.SEAL && beside !== undefined) beside.signed.push(...callsOf(frame))
    else got.push(frame)
  }
  end.listen({
    data(bytes) {
      for (const frame of reader.push(bytes)) take(frame)
    },
    drain: () => {},
    end: () => {},
  })
  return got
}
