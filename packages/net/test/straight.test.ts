import { FRAME_MAX_BYTES } from '@hither/core'
import type { ConnectionEncrypter, MessageStream, Stream, StreamMuxer } from '@libp2p/interface'
import { multiaddrConnectionPair } from '@libp2p/utils'
import { expect, test } from 'vitest'
import { identityOf } from '../src/identity.ts'
import { CONNECTION_WRITE_BUFFER_BYTES, STREAM_WINDOW_BYTES } from '../src/limits/streams.ts'
import { quickYamux } from '../src/muxer.ts'
import { tellingNoise } from '../src/noise.ts'
import { straight, straightSend } from '../src/straight.ts'
import { pattern } from './helpers/services.ts'
import { settle } from './helpers/call-ends.ts'
import { seed } from './helpers/peers.ts'
import { Wire } from './helpers/wire.ts'

/** Of one message, of several, and of more than one message of noise. */
const LENGTHS = [1, 11, 12, 700, 1_300, 70_000]

const CUTS = [1, 2, 3, 13, 1_000, Infinity]

test.each(CUTS)('all comes in order where the network cuts it into %d bytes', { timeout: 60_000 }, async (bytes) => {
  const [near, far] = await streams(bytes)
  const heard = heardOn(far)
  for (const length of LENGTHS) near.send(pattern(length))
  const sent = LENGTHS.map(pattern)
  await expect.poll(() => heard().length, { timeout: 50_000 }).toBe(LENGTHS.reduce((sum, length) => sum + length, 0))
  expect(Buffer.concat(sent).equals(heard())).toBe(true)
})

test('what came while nobody was to be told comes first', async () => {
  const [near, far] = Wire.pair(Infinity)
  const heard = heardOn(straight(far))
  far.pause()
  near.send(Uint8Array.of(1))
  await settle()
  expect(heard()).toHaveLength(0)
  near.send(Uint8Array.of(2))
  far.resume()
  near.send(Uint8Array.of(3))
  await settle()
  expect([...heard()]).toEqual([1, 2, 3])
})

test('who wants to hear of one message hears of one, and who no longer listens of none', async () => {
  const [near, far] = Wire.pair(Infinity)
  straight(far)
  const told: string[] = []
  const gone = (): void => void told.push('gone')
  far.addEventListener('message', gone)
  far.addEventListener('message', () => told.push('always'))
  far.addEventListener('message', () => told.push('once'), { once: true })
  far.removeEventListener('message', gone)
  for (const byte of [1, 2]) {
    near.send(Uint8Array.of(byte))
    await settle()
  }
  expect(told).toEqual(['always', 'once', 'always'])
})

test('a full connection is told of, and what waits for it goes out before what comes later', async () => {
  const [near, far] = Wire.pair(Infinity)
  const heard = heardOn(far)
  straightSend(near)
  near.full = true
  expect(near.send(Uint8Array.of(1))).toBe(false)
  expect(near.send(Uint8Array.of(2))).toBe(false)
  near.emptied()
  near.send(Uint8Array.of(3))
  await settle()
  expect(near.send(Uint8Array.of(4))).toBe(true)
  await settle()
  expect([...heard()]).toEqual([1, 2, 3, 4])
})

test('a frame that claims to be longer than any window is not waited for', async () => {
  const [near, far] = Wire.pair(Infinity)
  const muxer = muxed(far)
  near.send(Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff))
  for (let sent = 0; sent < 2 * STREAM_WINDOW_BYTES; sent += FRAME_MAX_BYTES) {
    near.send(pattern(FRAME_MAX_BYTES))
    await settle()
  }
  expect(muxer.status).toBe('closed')
  expect(far.status).toBe('aborted')
})

test('who never reads what it is answered is cut off', async () => {
  const [out, inn] = Wire.pair(Infinity)
  const [, far] = await secured(out, inn)
  inn.full = true
  for (let sent = 0; sent <= CONNECTION_WRITE_BUFFER_BYTES; sent += FRAME_MAX_BYTES) far.send(pattern(FRAME_MAX_BYTES))
  expect(far.status).toBe('open')
  far.send(pattern(FRAME_MAX_BYTES))
  expect(far.status).toBe('aborted')
})

/** All that has come on a stream so far. */
function heardOn(stream: MessageStream): () => Buffer {
  const heard: Uint8Array[] = []
  stream.addEventListener('message', ({ data }) => heard.push(data.slice()))
  return () => Buffer.concat(heard)
}

/** The two ends of a stream as peers make them, over a network that cuts what is sent. */
async function streams(pieceBytes: number): Promise<[near: Stream, far: Stream]> {
  const [out, inn] = Wire.pair(pieceBytes)
  const [near, far] = await secured(out, inn)
  const arrived = new Promise<Stream>((resolve) => {
    muxed(far).addEventListener('stream', ({ detail }) => resolve(detail))
  })
  const opened = await muxed(near).createStream()
  return [opened, await arrived]
}

async function secured(out: Wire, inn: Wire): Promise<[near: MessageStream, far: MessageStream]> {
  const [near, far] = await Promise.all([
    encrypter().secureOutbound(straightSend(straight(out))),
    encrypter().secureInbound(straightSend(straight(inn))),
  ])
  return [near.connection, far.connection]
}

function encrypter(): ConnectionEncrypter {
  const privateKey = identityOf(seed())
  const upgrader = { getStreamMuxers: () => new Map() }
  const [{ log }] = multiaddrConnectionPair()
  const logger = { forComponent: () => log }
  return tellingNoise()({ privateKey, logger, upgrader } as unknown as Parameters<ReturnType<typeof tellingNoise>>[0])
}

function muxed(connection: MessageStream): StreamMuxer {
  return quickYamux({ enableKeepAlive: false })().createStreamMuxer(connection)
}
