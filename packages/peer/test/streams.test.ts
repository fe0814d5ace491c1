import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  giveBack,
  HitherError,
  isWhole,
  hashRequest,
  makeReceipt,
  mayFail,
  piecesOf,
  readWhole,
  UNREAD_DIGEST,
  type Answer,
  type Body,
  type CallHeader,
  type CallTrailer,
  type Observation,
} from '@hither/core'
import { router, scores } from '@hither/router'
import { memoryBlocks, memoryNames } from '@hither/store'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { CallParams, CallResult, PeerApi } from '../src/api.ts'
import { call } from '../src/call.ts'
import { deadlines } from '../src/call/deadline.ts'
import { keyedCalls } from '../src/call/keyed.ts'
import { waitingRoom } from '../src/call/waiting.ts'
import { connectControl } from '../src/control/client.ts'
import { serveControl } from '../src/control/server.ts'
import { digestWhole } from '../src/digest.ts'
import { functions } from '../src/functions.ts'
import { REQUEST_KEPT_BYTES } from '../src/limits/calls.ts'
import { resolver } from '../src/resolve.ts'
import { systemTimers } from '../src/timers.ts'
import { expected, fakeLinks, idleState, metrics, record, seal, signer, silent, testFunction } from './fakes.ts'

type Act = (header: CallHeader, body: Body) => Promise<Answer>

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const sha = (...pieces: Uint8Array[]): Uint8Array =>
  pieces.reduce((hash, piece) => hash.update(piece), createHash('sha256')).digest()

/** Calls a pure function on runners that act as told, nearest first. */
async function ask(
  acts: Act[],
  params: Partial<CallParams> = {},
): Promise<{ result: Promise<CallResult>; kept: string[]; seen: Observation['type'][] }> {
  const me = await signer(1)
  const { cid, blocks: made } = await testFunction('x', { effects: 'pure' })
  const blocks = memoryBlocks({ capBytes: 1e6 })
  for (const block of made) await blocks.put(block.cid, block.bytes)
  const names = memoryNames()
  await names.put(await record(me, 'x', 1, cid))
  const placement = router()({ random: () => 0.5 })
  const links = fakeLinks()
  for (const [i, act] of acts.entries()) {
    const peer = `runner-${i}`
    placement.observe({ type: 'up', peer }, 0)
    placement.observe({ type: 'rtt', peer, ms: 10 + 100 * i }, 0)
    placement.observe({ type: 'state', peer, state: idleState }, 0)
    links.peers.set(peer, { rttMs: 10, call: act })
  }
  const kept: string[] = []
  const seen: Observation['type'][] = []
  const joining = expected(0)
  const parts = { names, links, joining, now: () => 0, log: silent }
  const answered = call(
    {
      ...parts,
      placement: {
        route: (query, at) => placement.route(query, at),
        knows: (peer) => placement.knows(peer),
        isAlone: (peer) => placement.isAlone(peer),
        observe(observation, at) {
          seen.push(observation.type)
          placement.observe(observation, at)
        },
      },
      resolver: resolver({ self: me.publisher, aliases: new Map(), ...parts }),
      functions: functions({ blocks, links, now: () => 0, log: silent }),
      aliases: new Map(),
      receipts: {
        keep: (entry) => void kept.push(entry.call),
        find: () => expect.unreachable(),
        flush: async () => {},
      },
      waiting: waitingRoom({ after: () => () => undefined }),
      keyed: keyedCalls(() => 0),
      timers: { after: () => () => undefined },
      deadlines: deadlines(systemTimers, () => 0),
      presence: { begin() {}, end() {}, wasAway: () => false },
      scores: scores(),
      random: () => 0.5,
      stories: { keep: () => undefined, find: () => Promise.reject(new Error('nobody asks')), flush: async () => {} },
      wallClock: () => 42,
      newId: () => 'call-1',
      expect: () => undefined,
      send: (...args) => links.call(...args),
    },
    { target: 'x', ...params },
    {},
  )
  return { result: answered.then(({ result }) => result), kept, seen }
}

/** A runner that answers with these pieces, having read the request's body so far as told. */
function streams(
  pieces: Uint8Array[],
  {
    runner = 'runner-0',
    request = sha(),
    trailer = {},
    fail,
  }: { runner?: string; request?: Uint8Array; trailer?: Partial<CallTrailer>; fail?: HitherError } = {},
): Act {
  return async ({ cid, method, url, headers }) => {
    const head = { status: 200, headers: [] }
    const receipt = makeReceipt(
      {
        cid,
        runner,
        runMs: 1,
        cpuMs: 1,
        requestHash: hashRequest({ method, url, headers }, request, digestWhole),
        response: head,
        responseDigest: sha(...pieces),
      },
      digestWhole,
    )
    const ended =
      fail === undefined
        ? Promise.resolve({ metrics, receipt, seal: Promise.resolve(seal), ...trailer })
        : Promise.reject(fail)
    async function* body(): AsyncGenerator<Uint8Array> {
      yield* pieces
      if (fail !== undefined) throw fail
    }
    return { head, body: body(), trailer: mayFail(ended) }
  }
}

describe('a streamed answer', () => {
  test('is given from its head on, and its receipt kept at its end', async () => {
    const { result, kept } = await ask([streams([utf8('a'), utf8('b')])])
    const { status, body, report, peer } = await result
    expect({ status, peer, whole: isWhole(body) }).toEqual({ status: 200, peer: 'runner-0', whole: false })
    expect(kept).toEqual([])
    expect(await readWhole(body)).toEqual(utf8('ab'))
    expect(await report).toMatchObject({
      cold: false,
      replayed: false,
      receipt: { seal: seal.tree.seal(seal.at, digestWhole) },
    })
    expect(kept).toEqual(['call-1'])
  })

  test.each([
    ['ends with an error', { trailer: { error: { code: 'handler-failed', message: 'no' } } }, 'handler-failed'],
    ['breaks', { fail: new HitherError('link-lost', 'gone') }, 'link-lost'],
    ['has no receipt', { trailer: { receipt: undefined } }, 'bad-answer'],
    ['is not signed', { trailer: { seal: undefined } }, 'bad-answer'],
    ['has a receipt of another runner', { runner: 'other' }, 'bad-answer'],
    ['is for another request', { request: sha(utf8('other')) }, 'bad-answer'],
  ] as const)('that %s is no answer: its reader is told, and nobody else is called', async (_, how, code) => {
    const { result, kept } = await ask([streams([utf8('a')], how as Parameters<typeof streams>[1]), streams([])])
    const { body, ended, report } = await result
    await expect(readWhole(body)).rejects.toMatchObject({ code })
    await expect(ended).rejects.toMatchObject({ code })
    await expect(report).rejects.toMatchObject({ code })
    expect(kept).toEqual([])
  })

  test('whose signature never comes is whole all the same, also for who reads it over the control socket', async () => {
    const unsigned = mayFail(Promise.reject(new HitherError('bad-answer', 'it did not sign')))
    const { result } = await ask([streams([utf8('a'), utf8('b')], { trailer: { seal: unsigned } })])
    const folder = await mkdtemp(join(tmpdir(), 'hither-streams-'))
    const path = join(folder, 'control.sock')
    const api = { call: () => result } as Partial<PeerApi> as PeerApi
    const server = await serveControl({ path }, { api, log: silent })
    const client = await connectControl(path)
    onTestFinished(async () => {
      client?.close()
      await server.close()
      await rm(folder, { recursive: true })
    })
    const { body, ended, report } = (await client?.call({ target: 'x' })) ?? expect.unreachable('not connected')
    expect(await readWhole(body)).toEqual(utf8('ab'))
    await ended
    expect(await report).toMatchObject({ receipt: { unsealed: 'it did not sign' } })
  })

  test('that was altered on the way is no answer', async () => {
    const altered: Act = async (header, body) => {
      const answer = await streams([utf8('a')])(header, body)
      return { ...answer, body: piecesOf(piecesOf(utf8('b'))) } as Answer
    }
    const { result } = await ask([altered])
    await expect(readWhole((await result).body)).rejects.toMatchObject({ code: 'bad-answer' })
  })

  test('has begun for the router when its head is here, and is answered at its end', async () => {
    const { result, seen } = await ask([streams([utf8('a'), utf8('b')])])
    const { body, report } = await result
    expect(seen).toEqual(['sent', 'began'])
    await readWhole(body)
    await report
    expect(seen).toEqual(['sent', 'began', 'answered'])
  })

  test('that nobody reads to its end leaves its runner', async () => {
    const { result } = await ask([streams([utf8('a'), utf8('b')])])
    const { body, report } = await result
    await (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]().return?.()
    await expect(report).rejects.toMatchObject({ code: 'cancelled' })
  })
})

describe('a streamed request', () => {
  async function* source(length: number, pieceBytes = 1000): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < length; at += pieceBytes)
      yield new Uint8Array(Math.min(pieceBytes, length - at)).fill(at / 1000)
  }
  const whole = (length: number): Promise<Uint8Array> => readWhole(source(length))
  const echoes: (runner: string) => Act = (runner) => async (header, body) => {
    const bytes = await readWhole(body)
    return streams([bytes], { runner, request: sha(bytes) })(header, body)
  }
  const refusesAfter: (bytes: number) => Act = (bytes) => async (_, body) => {
    let read = 0
    for await (const piece of piecesOf(body)) if ((read += piece.length) >= bytes) break
    throw new HitherError('busy', 'full')
  }

  test('goes to the next runner from its beginning, though the first had read some of it', async () => {
    const { result } = await ask([refusesAfter(100_000), echoes('runner-1')], { method: 'POST', body: source(300_000) })
    const { peer, body } = await result
    expect(peer).toBe('runner-1')
    expect(Buffer.compare(await readWhole(body), await whole(300_000))).toBe(0)
  })

  test('is whole for the next runner, whatever the first did with the memory of its pieces', async () => {
    const uses: Act = async (_, body) => {
      let read = 0
      for await (const piece of piecesOf(body)) {
        read += piece.length
        giveBack(piece)
        expect(piece.length).toBe(0)
        if (read >= 100_000) break
      }
      throw new HitherError('busy', 'full')
    }
    const body = source(300_000, 20_000)
    const { result } = await ask([uses, uses, echoes('runner-2')], { method: 'POST', body })
    expect(Buffer.compare(await readWhole((await result).body), await readWhole(source(300_000, 20_000)))).toBe(0)
  })

  test('is whole for the next runner, though the first left while more than is kept was on its way', async () => {
    const came = Promise.withResolvers<void>()
    async function* long(): AsyncGenerator<Uint8Array> {
      await came.promise
      yield new Uint8Array(REQUEST_KEPT_BYTES + 1).fill(1)
      yield new Uint8Array(10).fill(2)
    }
    const leaves: Act = (_, body) => {
      const reading = piecesOf(body)
      void reading.next()
      void reading.return?.()
      setImmediate(came.resolve)
      throw new HitherError('busy', 'full')
    }
    const { result } = await ask([leaves, echoes('runner-1')], { method: 'POST', body: long() })
    expect((await readWhole((await result).body)).length).toBe(REQUEST_KEPT_BYTES + 11)
  })

  test('goes nowhere else once too much of it is gone', async () => {
    const body = source(2 * REQUEST_KEPT_BYTES)
    const { result, seen } = await ask([refusesAfter(REQUEST_KEPT_BYTES * 1.5), echoes('runner-1')], {
      method: 'POST',
      body,
    })
    await expect(result).rejects.toMatchObject({
      code: 'too-large',
      fix: expect.stringContaining('new stream'),
      data: { attempts: [{ peer: 'runner-0', outcome: 'busy' }] },
    })
    expect(seen).toEqual(['sent', 'refused'])
  })

  test('need not be read to its end: the runner says that it was not, and the rest is left', async () => {
    let left = false
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield new Uint8Array(1000)
      } finally {
        left = true
      }
    }
    const readsOnePiece: Act = async (header, body) => {
      for await (const piece of piecesOf(body)) if (piece.length > 0) break
      return streams([utf8('enough')], { request: UNREAD_DIGEST })(header, body)
    }
    const { result } = await ask([readsOnePiece], { method: 'POST', body: endless() })
    const { body, report } = await result
    expect(await readWhole(body)).toEqual(utf8('enough'))
    await report
    await expect.poll(() => left).toBe(true)
  })

  test('that is whole must have been read', async () => {
    const { result } = await ask([streams([utf8('x')], { request: UNREAD_DIGEST })], {
      method: 'POST',
      body: utf8('q'),
    })
    await expect(readWhole((await result).body)).rejects.toMatchObject({ code: 'bad-answer' })
  })

  test('that breaks ends the call with why', async () => {
    const { result } = await ask([echoes('runner-0'), echoes('runner-1')], {
      method: 'POST',
      body: breaks(new HitherError('usage', 'the file is gone')),
    })
    await expect(result).rejects.toMatchObject({ code: 'usage', message: 'the file is gone' })
  })

  async function* breaks(why: unknown): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(10)
    throw why
  }

  /** What the handler makes of it when it can read no further. */
  const failsByIt: Act = async (_, body) => {
    await readWhole(body).catch(() => undefined)
    throw new HitherError('handler-failed', 'the body broke off')
  }
  const broken = { code: 'cancelled', message: expect.stringContaining('body'), why: 'the disk is gone' }
  test.each([
    ['whatever its source throws', new Error('the disk is gone'), echoes('runner-0'), broken],
    ['whatever its handler makes of that', new Error('the disk is gone'), failsByIt, broken],
    // What another call's answer broke by, of which it is made.
    [
      'though it is what a runner could do',
      new HitherError('link-lost', 'gone'),
      echoes('runner-0'),
      { code: 'link-lost' },
    ],
    ['though it is a refusal', new HitherError('busy', 'full'), echoes('runner-0'), { code: 'busy' }],
  ])('that breaks is no fault of its runner, %s, and goes nowhere else', async (_, why, act, told) => {
    const { result, seen } = await ask([act, echoes('runner-1')], { method: 'PUT', body: breaks(why) })
    await expect(result).rejects.toMatchObject(told)
    expect(seen).toEqual(['sent', 'cancelled'])
  })

  test('that breaks when its answer has begun is no fault of its runner either', async () => {
    const echo: Act = async (_, body) => ({
      head: { status: 200, headers: [] },
      body: piecesOf(piecesOf(body)),
      trailer: new Promise(() => undefined),
    })
    const { result, seen } = await ask([echo], { method: 'PUT', body: breaks(new Error('the disk is gone')) })
    await expect(readWhole((await result).body)).rejects.toMatchObject(broken)
    expect(seen).toEqual(['sent', 'began', 'cancelled'])
  })

  test('that gives something else than bytes is its caller’s mistake', async () => {
    async function* words(): AsyncGenerator<Uint8Array> {
      yield 'words' as unknown as Uint8Array
    }
    const { result, seen } = await ask([echoes('runner-0')], { method: 'PUT', body: words() })
    await expect(result).rejects.toMatchObject({ code: 'usage', why: expect.stringContaining('string') })
    expect(seen).toEqual(['sent', 'cancelled'])
  })
})
