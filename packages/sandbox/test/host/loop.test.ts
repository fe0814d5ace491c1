import { Duplex, duplexPair } from 'node:stream'
import { HitherError } from '@hither/core'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { GuestEvents, GuestInit, GuestOutcome, LoadGuest } from '../../src/child/guest.ts'
import { serveSandbox } from '../../src/child/loop.ts'
import { channel, type Channel } from '../../src/ipc/channel.ts'
import { sharedNow } from '../../src/ipc/clock.ts'
import { FRAME } from '../../src/ipc/frames.ts'
import { readAnswer, type CallHead } from '../../src/ipc/heads.ts'
import { MessageReader, type Message } from '../../src/ipc/messages.ts'
import { callHead, written, writtenCall, writtenPiece } from './written.ts'

/** A guest whose calls the test ends by hand. */
interface FakeGuest {
  init: GuestInit
  usable: boolean
  disposed: number
  cancelled: number
  calls: ((outcome: GuestOutcome) => void)[]
  events: GuestEvents[]
  /** What came in of bodies, in words. */
  flows: string[]
  cpuMs: number
  onFeed: (guest: FakeGuest) => void
}

const LOAD = { name: 'f', env: {}, memoryMb: 64, patience: 1, bodyBytes: 1e6, startBy: Number.MAX_SAFE_INTEGER }

const ANSWER: GuestOutcome = { response: { status: 200, headers: [], body: new TextEncoder().encode('hi') } }
const NAMES = new Map(Object.entries(FRAME).map(([name, type]) => [type as number, name]))

let parent: Duplex
let pipe: Channel
let got: Message[]
let guests: FakeGuest[]
/** What `invoke` does before it returns. */
let onInvoke: (guest: FakeGuest, done: (outcome: GuestOutcome) => void) => void
const die = vi.fn<() => void>()
const ring = vi.fn<() => void>()

beforeEach(() => {
  const [near, far] = duplexPair().map(copying)
  if (near === undefined || far === undefined) throw new Error('no pair')
  parent = near
  got = []
  guests = []
  onInvoke = () => undefined
  pipe = channel({ stream: near, maxBodyBytes: 1e6, onMessage: (message) => got.push(message), onEnd: () => undefined })
  serveSandbox({ load: fake, remembers: (bundle) => bundle === 'known', transport: far, ring, die })
})

/** What goes from memory to memory is passed on as it is, where the kernel copies it. */
function copying(stream: Duplex): Duplex {
  const write = stream.write.bind(stream) as (chunk: Buffer, written: () => void) => boolean
  return Object.assign(stream, {
    write: (chunk: Uint8Array, taken: () => void) => write(Buffer.from(chunk), taken),
  })
}

afterEach(() => {
  parent.destroy()
})

const fake: LoadGuest = (init) => {
  if (init.code === 'broken') throw new HitherError('handler-invalid', 'no handler')
  const guest: FakeGuest = {
    init,
    usable: true,
    disposed: 0,
    cancelled: 0,
    calls: [],
    events: [],
    flows: [],
    cpuMs: 5,
    onFeed: () => undefined,
  }
  guests.push(guest)
  return {
    invoke(_, __, events) {
      const done = (outcome: GuestOutcome): void => events.done(outcome, false)
      guest.calls.push(done)
      guest.events.push(events)
      onInvoke(guest, done)
      return {
        cancel: () => void (guest.cancelled += 1),
        feed(piece) {
          guest.onFeed(guest)
          guest.flows.push(`piece of ${piece.length}`)
        },
        finish: (failure) => void guest.flows.push(failure ?? 'finish'),
        grant: (bytes) => void guest.flows.push(`room for ${bytes}`),
      }
    },
    get pending() {
      return guest.calls.length
    },
    get usable() {
      return guest.usable
    },
    cpuMs: () => guest.cpuMs,
    heapBytes: () => 1000,
    dispose: () => void (guest.disposed += 1),
  }
}

function load(fn: number, code = 'good', head: object = {}): void {
  pipe.send(FRAME.load, fn, { ...LOAD, bundle: code, ...head }, new TextEncoder().encode(code))
}

function call(id: number, fn: number, head: Partial<CallHead> = {}): void {
  pipe.call(id, callHead({ fn, ...head }))
}

/** Waits until so many frames came, and names them. */
async function frames(count: number): Promise<string[]> {
  await expect.poll(() => got.length).toBeGreaterThanOrEqual(count)
  return got.map(({ type, id }) => `${NAMES.get(type)} ${id}`)
}

test('says that it is ready, loads, runs, and answers in order', async () => {
  onInvoke = (_, done) => done(ANSWER)
  load(1)
  call(1, 1)
  call(2, 1)
  expect(await frames(4)).toEqual(['ready 0', 'loaded 1', 'answered 1', 'answered 2'])
  const last = got.at(-1)
  expect(last && readAnswer(last)).toMatchObject({ status: 200, headers: [] })
  expect(new TextDecoder().decode(last?.body)).toBe('hi')
})

test('every answer has left before the next turn begins', async () => {
  const seen: number[] = []
  onInvoke = (_, done) => {
    // In memory, what was written is with the reader at once.
    seen.push(parent.readableLength + got.length)
    done(ANSWER)
  }
  load(1)
  call(1, 1)
  call(2, 1)
  await frames(4)
  expect(seen[1]).toBeGreaterThan(seen[0] ?? 0)
})

test('says at once that a call is pending, and ends it later', async () => {
  load(1)
  call(1, 1)
  expect(await frames(3)).toEqual(['ready 0', 'loaded 1', 'pending 1'])
  guests[0]?.calls[0]?.(ANSWER)
  guests[0]?.calls[0]?.(ANSWER)
  expect(await frames(4)).toEqual(['ready 0', 'loaded 1', 'pending 1', 'answered 1'])
})

test('says who takes the thread back, and when it is free again', async () => {
  load(1)
  call(1, 1)
  await frames(3)
  guests[0]?.init.onTurn?.()
  guests[0]?.calls[0]?.(ANSWER)
  expect((await frames(6)).slice(3)).toEqual(['resumed 1', 'answered 1', 'yielded 1'])
})

test('a bundle that does not load fails its calls with the reason', async () => {
  load(1, 'broken')
  call(1, 1)
  expect(await frames(3)).toEqual(['ready 0', 'loaded 1', 'ended 1'])
  expect(got[1]?.head.raw('error')).toMatchObject({ code: 'handler-invalid' })
  expect(got[2]?.head.raw('error')).toMatchObject({ code: 'handler-invalid' })
})

test('does not begin what is late or has no function', async () => {
  load(1)
  load(2, 'good', { startBy: sharedNow() - 1 })
  call(1, 1, { startBy: sharedNow() - 1 })
  call(2, 2)
  call(3, 1, { startBy: sharedNow() + 60_000 })
  expect(await frames(6)).toEqual(['ready 0', 'loaded 1', 'lost 2', 'returned 1', 'returned 2', 'pending 3'])
  expect(guests).toHaveLength(1)
  expect(guests[0]?.calls).toHaveLength(1)
})

test('a broken isolate fails its other calls, is given up and disposed of once', async () => {
  load(1)
  call(1, 1)
  await frames(3)
  onInvoke = (guest, done) => {
    guest.usable = false
    done({ error: { code: 'limit-memory', message: 'too much' } })
  }
  call(2, 1)
  call(3, 1)
  expect((await frames(7)).slice(3)).toEqual(['ended 2', 'ended 1', 'lost 1', 'returned 3'])
  expect(got[4]?.head.raw('error')).toMatchObject({ code: 'sandbox-crashed' })
  expect(guests[0]?.disposed).toBe(1)
})

test('a cancelled call that does not end is ended for it, and its isolate goes', async () => {
  load(1)
  call(1, 1)
  call(2, 1)
  await frames(4)
  pipe.send(FRAME.cancel, 1)
  const names = await frames(8)
  expect(names.slice(4)).toEqual(['resumed 1', 'yielded 1', 'ended 1', 'lost 1'])
  expect(got[6]?.head.raw('error')).toMatchObject({ code: 'cancelled' })
  expect(guests[0]).toMatchObject({ cancelled: 1, disposed: 0 })
  guests[0]?.calls[1]?.(ANSWER)
  await expect.poll(() => guests[0]?.disposed).toBe(1)
})

test('an unloaded function is disposed of', async () => {
  load(1)
  pipe.send(FRAME.unload, 1)
  call(1, 1)
  expect(await frames(3)).toEqual(['ready 0', 'loaded 1', 'returned 1'])
  expect(guests[0]?.disposed).toBe(1)
})

test('reports a catastrophe and dies', async () => {
  load(1)
  await frames(2)
  die.mockClear()
  guests[0]?.init.onCatastrophe('V8 is lost')
  expect(die).toHaveBeenCalledOnce()
  await frames(3)
  expect(got[2]).toMatchObject({ type: FRAME.catastrophe, id: 1 })
})

test('dies with its parent', async () => {
  die.mockClear()
  parent.end()
  await expect.poll(() => die).toHaveBeenCalled()
})

test('cuts what a handler throws to what the parent reads', async () => {
  onInvoke = (_, done) =>
    done({ error: { code: 'handler-failed', message: 'x'.repeat(100_000), data: { big: 'y'.repeat(100_000) } } })
  load(1)
  call(1, 1)
  await frames(3)
  const error = got[2]?.head.raw('error') as { message: string; data?: unknown }
  expect(error.message).toHaveLength(8192)
  expect(error.data).toBeUndefined()
})

test('a bundle that is remembered comes without its code, and one that is not is asked for again', async () => {
  load(1, '', { bundle: 'known', remembered: true })
  load(2, '', { bundle: 'forgotten', remembered: true })
  call(1, 2)
  expect(await frames(4)).toEqual(['ready 0', 'loaded 1', 'lost 2', 'returned 1'])
  expect(guests.map(({ init }) => [init.bundle, init.code])).toEqual([['known', undefined]])
  guests[0]?.init.onRemembered?.()
  load(3)
  expect((await frames(6)).slice(4)).toEqual(['remembered 1', 'loaded 3'])
})

describe('a call that streams', () => {
  test('is begun, goes on in pieces, and ends', async () => {
    onInvoke = ({ events: [told] }) => told?.begin({ status: 201, headers: [['a', 'b']] })
    load(1)
    call(1, 1)
    expect((await frames(4)).slice(2)).toEqual(['began 1', 'pending 1'])
    expect(got[2]?.head.raw('status')).toBe(201)
    const [told] = guests[0]?.events ?? []
    told?.piece(Uint8Array.of(1, 2))
    told?.done({ streamed: true }, false)
    expect((await frames(6)).slice(4)).toEqual(['piece 1', 'ended 1'])
    expect([...(got[4]?.body ?? [])]).toEqual([1, 2])
    expect(got[5]?.head.has('status')).toBe(false)
  })

  test('says how much of its request it wants, and gets what comes of it', async () => {
    onInvoke = ({ events: [told] }) => told?.want(1000)
    load(1)
    call(1, 1, { streams: true })
    expect((await frames(4)).slice(2)).toEqual(['want 1', 'pending 1'])
    expect(got[2]?.head.raw('room')).toBe(1000)
    pipe.piece(FRAME.piece, 1, new Uint8Array(700))
    pipe.send(FRAME.finish, 1, { error: 'it broke off' })
    pipe.send(FRAME.want, 1, { room: 5000 })
    const flows = ['piece of 700', 'it broke off', 'room for 5000']
    await expect.poll(() => guests[0]?.flows).toEqual(flows)
    guests[0]?.events[0]?.leave()
    expect((await frames(5)).slice(4)).toEqual(['left 1'])
  })

  test('pays for the turns that its request brings, and its neighbour does not', async () => {
    load(1)
    call(1, 1, { streams: true })
    call(2, 1)
    await frames(4)
    if (guests[0] !== undefined) guests[0].onFeed = (guest) => (guest.cpuMs += 40)
    pipe.piece(FRAME.piece, 1, new Uint8Array(1))
    await expect.poll(() => guests[0]?.flows).toEqual(['piece of 1'])
    for (const done of guests[0]?.calls ?? []) done(ANSWER)
    await frames(6)
    expect(got.slice(4).map((message) => [message.id, readAnswer(message).cpuMs])).toEqual([
      [1, 40],
      [2, 0],
    ])
  })

  test('may be over before the last of its request comes', async () => {
    onInvoke = (_, done) => done(ANSWER)
    load(1)
    call(1, 1, { streams: true })
    pipe.piece(FRAME.piece, 1, new Uint8Array(700))
    pipe.send(FRAME.finish, 1, {})
    call(2, 1)
    expect((await frames(4)).slice(2)).toEqual(['answered 1', 'answered 2'])
    expect(guests[0]?.flows).toEqual([])
  })
})

/** A child whose parent reads only while it is not `full`, and how to tell it something. */
function reading(): {
  transport: Duplex
  said: Message[]
  parentIs: { full: boolean }
  held: (() => void)[]
  tell: (...messages: Uint8Array[][]) => void
} {
  const said: Message[] = []
  const held: (() => void)[] = []
  const reader = new MessageReader(1e6)
  const parentIs = { full: false }
  const transport = new Duplex({
    read: () => undefined,
    write(chunk: Uint8Array, _, taken) {
      const take = (): void => {
        // The writer uses its buffer again.
        reader.push(Buffer.from(chunk), (message) => said.push(message))
        taken()
      }
      if (parentIs.full) held.push(take)
      else take()
    },
  })
  const tell = (...messages: Uint8Array[][]): void => void transport.push(Buffer.concat(messages.flat()))
  serveSandbox({ load: fake, remembers: () => false, transport, ring, die })
  return { transport, said, parentIs, held, tell }
}

const GOOD = written(FRAME.load, 1, { ...LOAD, bundle: 'good' }, new TextEncoder().encode('good'))

test('a call does not begin before the parent can know that the thread is free', async () => {
  const { transport, said, parentIs, held, tell } = reading()
  tell(GOOD, writtenCall(1, { streams: true }))
  await expect.poll(() => said.at(-1)?.type).toBe(FRAME.pending)
  const [guest] = guests
  if (guest === undefined) throw new Error('nothing was loaded')
  // The handler takes a turn for a piece of its request, and from then on the parent does not read.
  guest.onFeed = () => {
    guest.init.onTurn?.()
    parentIs.full = true
  }
  tell(writtenPiece(1, new Uint8Array(9)), writtenCall(2))
  await expect.poll(() => held).toHaveLength(1)
  expect([said.at(-1)?.type, guest.calls.length]).toEqual([FRAME.resumed, 1])

  parentIs.full = false
  held[0]?.()
  await expect.poll(() => guest.calls).toHaveLength(2)
  expect(said.slice(-2).map(({ type }) => NAMES.get(type))).toEqual(['yielded', 'pending'])
  transport.destroy()
})

test('a parent that stopped reading behind what the process has not come to yet is rung for', async () => {
  onInvoke = (_, done) => done(ANSWER)
  const { transport, said, parentIs, held, tell } = reading()
  tell(GOOD)
  await expect.poll(() => said.at(-1)?.type).toBe(FRAME.loaded)
  ring.mockClear()
  parentIs.full = true
  tell(writtenCall(1), writtenCall(2))
  await expect.poll(() => held).toHaveLength(1)
  expect(ring).not.toHaveBeenCalled()
  // Whatever it waits for then, the parent waits for the bell.
  tell(writtenCall(3), written(FRAME.hush, 0), writtenCall(4), written(FRAME.ring, 0))
  await expect.poll(() => ring).toHaveBeenCalledOnce()
  parentIs.full = false
  held[0]?.()
  await expect.poll(() => said.at(-1)).toMatchObject({ type: FRAME.answered, id: 4 })
  expect(ring).toHaveBeenCalledOnce()
  transport.destroy()
})
