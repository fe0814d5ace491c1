import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  blockOf,
  decodeCallHeader,
  decodeMessage,
  decodeNews,
  decodeRefusal,
  decodeResponseHead,
  decodeRpc,
  decodeSeals,
  decodeTrailer,
  encodeFrames,
  encodeMessage,
  FRAME_MAX_BYTES,
  FrameReader,
  openRecord,
  readManifest,
} from '@hither/core'
import { serveControl, type PeerApi } from '@hither/peer'
import { expect, onTestFinished, test } from 'vitest'
import { silent } from '../../packages/peer/test/fakes.ts'
import { MessageReader } from '../../packages/sandbox/src/ipc/messages.ts'
import { megabytes } from './support/arena.ts'
import { figure } from './support/report.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

const MB: number = 1024 * 1024

/** What a decoder may take of our memory for something that it refuses, or that is as long as it may be. */
const GROWTH_MAX_BYTES: number = 64 * MB

/** A CBOR head of a type that claims a length of 64 bits. */
function claim(majorType: number, length: bigint): Uint8Array {
  const bytes = new Uint8Array(9)
  bytes[0] = (majorType << 5) | 27
  new DataView(bytes.buffer).setBigUint64(1, length)
  return bytes
}

/** A map of so many keys, as CBOR. */
function mapOf(count: number, key: (i: number) => string): Uint8Array {
  return encodeMessage(Object.fromEntries(Array.from({ length: count }, (_, i) => [key(i), 0])))
}

/** A list that fills a frame with one byte's items. */
function listOf(item: number): Uint8Array {
  const bytes = new Uint8Array(FRAME_MAX_BYTES).fill(item)
  bytes.set([0x99, (FRAME_MAX_BYTES - 3) >> 8, (FRAME_MAX_BYTES - 3) & 255])
  return bytes
}

const BOMBS: [name: string, bytes: Uint8Array][] = [
  ['200,000 lists, each in the next', new Uint8Array(200_000).fill(0x81)],
  ['a frame of lists, each in the next', new Uint8Array(FRAME_MAX_BYTES).fill(0x81)],
  ['a frame of maps, each in the next', new Uint8Array(FRAME_MAX_BYTES).map((_, i) => (i % 2 === 0 ? 0xa1 : 0x60))],
  ['tags without end', new Uint8Array(FRAME_MAX_BYTES).fill(0xc6)],
  ...[2, 3, 4, 5].map((type): [string, Uint8Array] => [`2^40 claimed of type ${type}`, claim(type, 2n ** 40n)]),
  ['a million keys', mapOf(1_000_000, (i) => `k${i}`)],
  ['a frame of keys', mapOf(8000, (i) => `k${i}`)],
  ['keys whose numbers end alike', mapOf(4000, (i) => String(i * 2 ** 20))],
  ['a frame of empty maps', listOf(0xa0)],
  ['a frame of empty lists', listOf(0x80)],
  ['a frame of numbers', listOf(0)],
  ['gibberish packed by gzip', Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3)],
]

/** Bytes by position: what a valid message begins with, and a claim behind it that nothing keeps. */
function joined(...parts: (number | Uint8Array)[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => (typeof part === 'number' ? [part] : [...part])))
}

const CID_BYTES = (await blockOf(Uint8Array.of(1), 'raw')).cid.bytes
/** No flags, no hops, 0 ms left, and the function. */
const CALL = joined(0, 0, new Uint8Array(8), CID_BYTES.length, CID_BYTES)
/** GET, and the shortest URL. */
const REQUEST = joined(3, utf8('GET'), 8, utf8('http://a'))
/** 2^53 - 1, and a number without end. */
const LARGEST = joined(new Uint8Array(7).fill(0xff), 0x0f)
const ENDLESS = new Uint8Array(64).fill(0xff)
/** 32 KB, which a text may have at most, and more than any. */
const LONG = joined(0x80, 0x80, 0x02)
const TOO_LONG = joined(0x81, 0x80, 0x02)
const TIMES = new Uint8Array(40)

/** Of what is said of every call. None of them is valid. */
const POSITIONAL: [name: string, of: (bytes: Uint8Array) => unknown, bytes: Uint8Array][] = [
  ...[LARGEST, ENDLESS, LONG, TOO_LONG, joined(0xff, 0x01)].flatMap((number): typeof POSITIONAL => [
    ['a CID', decodeCallHeader, joined(CALL.subarray(0, 10), number)],
    ['a method', decodeCallHeader, joined(CALL, number)],
    ['a URL', decodeCallHeader, joined(CALL, 3, utf8('GET'), number)],
    ['so many headers', decodeCallHeader, joined(CALL, REQUEST, number)],
    ['a header', decodeCallHeader, joined(CALL, REQUEST, 1, number)],
    ['a status', decodeResponseHead, number],
    ['so many headers of an answer', decodeResponseHead, joined(0xc8, 0x01, number)],
    ['a value of an answer', decodeResponseHead, joined(0xc8, 0x01, 1, 1, utf8('x'), number)],
    ['a receipt', decodeTrailer, joined(4, TIMES, new Uint8Array(80), number)],
    ['a failure', decodeTrailer, joined(8, TIMES, number)],
    ['a streamed length that is cut short', decodeTrailer, joined(16, TIMES, number.subarray(0, 1))],
    ['a path of siblings', decodeSeals, joined(new Uint8Array(64), number)],
    ['so many receipts', decodeSeals, joined(new Uint8Array(64), 0, 0, number)],
  ]),
  ['a text that is none', decodeCallHeader, joined(CALL, 3, utf8('GET'), 2, 0xc3, 0x28, 0)],
  ['a time that is none', decodeTrailer, joined(0, new Uint8Array(40).fill(0xff))],
  ...BOMBS.filter(([, bytes]) => bytes.length <= FRAME_MAX_BYTES).map(([name, bytes]): (typeof POSITIONAL)[number] => [
    `a failure of ${name}`,
    decodeTrailer,
    joined(8, TIMES, (bytes.length & 127) | 128, ((bytes.length >> 7) & 127) | 128, bytes.length >> 14, bytes),
  ]),
]

test('B10: what is said of every call is refused by name, whatever it claims', async () => {
  // They get as far as they are meant to.
  expect(decodeCallHeader(joined(CALL, REQUEST, 0))).toMatchObject({ method: 'GET', url: 'http://a' })
  expect(decodeTrailer(joined(0, TIMES))).toMatchObject({ metrics: { runMs: 0 } })
  for (const [name, decode, bytes] of POSITIONAL) {
    const { outcome, grownBytes } = await tried(() => decode(bytes))
    expect(outcome, name).toBe('bad-message')
    expect(grownBytes, name).toBeLessThan(GROWTH_MAX_BYTES)
  }
})

const DECODERS: [name: string, decode: (bytes: Uint8Array) => unknown][] = [
  ['a call’s header', decodeCallHeader],
  ['an answer’s head', decodeResponseHead],
  ['a trailer with its receipt', decodeTrailer],
  ['a refusal', decodeRefusal],
  ['a runner’s news', (bytes) => decodeNews(bytes, undefined)],
  ['a manifest', readManifest],
  ['a name record', openRecord],
]

/** What comes of it, and how long it held the event loop. */
async function tried(decode: () => unknown): Promise<{ outcome: string; ms: number; grownBytes: number }> {
  const before = process.memoryUsage.rss()
  const at = performance.now()
  let outcome = 'read'
  let ms: number | undefined
  try {
    const read = decode()
    ms = performance.now() - at
    await read
  } catch (error) {
    outcome = (error as { code?: string }).code ?? String(error)
  }
  return { outcome, ms: ms ?? performance.now() - at, grownBytes: process.memoryUsage.rss() - before }
}

test.each(DECODERS)('B10: %s of any CBOR bomb is refused by name', async (name, decode) => {
  let slowest = { ms: 0, bomb: '' }
  for (const [bomb, bytes] of BOMBS) {
    const { outcome, ms, grownBytes } = await tried(() => decode(bytes))
    expect(outcome, bomb).toMatch(/^bad-(message|manifest|record)$/)
    expect(grownBytes, bomb).toBeLessThan(GROWTH_MAX_BYTES)
    if (ms > slowest.ms) slowest = { ms, bomb }
  }
  figure('B10', `${name}: longest stall`, `${slowest.ms.toFixed(1)} ms, by ${slowest.bomb}`)
})

test('B10: any message is read or refused by name, and none that is longer than a frame', async () => {
  for (const [bomb, bytes] of BOMBS) {
    const { outcome } = await tried(() => decodeMessage(bytes))
    expect(['read', 'bad-message'], bomb).toContain(outcome)
    if (bytes.length > FRAME_MAX_BYTES) expect(outcome, bomb).toBe('bad-message')
  }
})

/** The pipe of a sandbox process, whose messages nobody keeps. */
function pipe(): Pick<FrameReader, 'push'> {
  const reader = new MessageReader(MB)
  return {
    push(chunk) {
      reader.push(Buffer.from(chunk), () => undefined)
      return []
    },
  }
}

test.each([
  ['a stream of frames', (): Pick<FrameReader, 'push'> => new FrameReader()],
  ['the pipe of a sandbox process', pipe],
])('B10: %s refuses what claims gigabytes, and holds no more than came', async (_, make) => {
  const claims = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0, 1)
  expect((await tried(() => make().push(claims))).outcome).toBe('bad-message')
  const { outcome, grownBytes } = await tried(() => {
    // Of a frame as long as one may be, a byte at a time.
    const reader = make()
    reader.push(Uint8Array.of(0, 1, 0, 5, 1, 0, 0, 0, 1))
    for (let i = 0; i < 1000; i += 1) reader.push(Uint8Array.of(0))
  })
  expect(outcome).toBe('read')
  expect(grownBytes).toBeLessThan(GROWTH_MAX_BYTES)
})

const places = (each: string): string =>
  `[[${Array.from({ length: 1000 }, (_, i) => i + 1).join(',')}],${Array(1000).fill(each).join(',')}]`

const VALUES: [name: string, text: () => string, outcomes: string[]][] = [
  [
    '200,000 lists, each in the next',
    () => `[${Array.from({ length: 200_000 }, (_, i) => `[${i + 1}]`).join(',')},1]`,
    ['bad-message'],
  ],
  ['brackets that never close', () => '['.repeat(200_000), ['bad-message']],
  [
    'a million keys, too long',
    () => `[{${Array.from({ length: 1_000_000 }, (_, i) => `"k${i}":0`).join(',')}}]`,
    ['too-large'],
  ],
  ['300,000 keys', () => `[{${Array.from({ length: 300_000 }, (_, i) => `"k${i}":1`).join(',')}},1]`, ['read']],
  ['a list that claims 4 billion places', () => '[[-7,4294967295]]', ['bad-message']],
  ['a thousand lists that claim a million', () => places('[-7,1000000]'), ['read']],
  ['a number of a million digits', () => `[["BigInt","${'9'.repeat(1_000_000)}"]]`, ['bad-message']],
  ['a key that is a prototype', () => '[{"__proto__":1},{"x":2},1]', ['read', 'bad-message']],
  [
    'a regular expression of repetitions',
    () => `[["RegExp","${'(a{1,1000}){1,1000}'.repeat(1000)}"]]`,
    ['read', 'bad-message'],
  ],
]

test.each(VALUES)('B10: a value of an RPC call: %s', async (name, text, outcomes) => {
  const value = text()
  const { outcome, ms, grownBytes } = await tried(() => decodeRpc(value))
  expect(outcomes).toContain(outcome)
  expect(grownBytes).toBeLessThan(4 * GROWTH_MAX_BYTES)
  expect(Object.hasOwn(Object.prototype, 'x')).toBe(false)
  figure('B10', `an RPC value, ${name}`, `${outcome} after ${ms.toFixed(1)} ms, grew ${megabytes(grownBytes)}`)
})

test.each([
  ['a frame of gigabytes', () => Uint8Array.of(0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0, 1)],
  ...BOMBS.map(([name, bytes]): [string, () => Uint8Array] => [
    name,
    () => encodeFrames([{ type: 1, id: 1, payload: bytes }]),
  ]),
])('B10: the control socket closes on %s, and serves the next', async (_, bytes) => {
  const folder = await mkdtemp(join(tmpdir(), 'hither-hostile-'))
  const path = join(folder, 'control.sock')
  const server = await serveControl({ path }, { api: {} as PeerApi, log: silent })
  onTestFinished(async () => {
    await server.close()
    await rm(folder, { recursive: true })
  })
  for (let i = 0; i < 2; i += 1) {
    const socket = connect(path)
    const closed = new Promise((resolve) => socket.on('close', resolve))
    // It is cut while we still write.
    socket.on('error', () => undefined)
    socket.write(bytes())
    expect(await closed).toBeDefined()
  }
})
