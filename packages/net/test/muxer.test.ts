import { FRAME_MAX_BYTES } from '@hither/core'
import type { ConnectionEncrypter } from '@libp2p/interface'
import { multiaddrConnectionPair } from '@libp2p/utils'
import { expect, test } from 'vitest'
import { identityOf } from '../src/identity.ts'
import { CONNECTION_WRITE_BUFFER_BYTES, STREAM_WINDOW_BYTES } from '../src/limits/streams.ts'
import { boundedYamux } from '../src/muxer.ts'
import { tellingNoise } from '../src/noise.ts'
import { seed } from './helpers/peers.ts'
import { pattern } from './helpers/services.ts'

test('a frame that claims to be longer than any window is not waited for', async () => {
  const [near, far] = multiaddrConnectionPair()
  const muxer = boundedYamux({ enableKeepAlive: false })().createStreamMuxer(far)
  near.send(Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff))
  for (let sent = 0; sent < 2 * STREAM_WINDOW_BYTES; sent += FRAME_MAX_BYTES) near.send(pattern(FRAME_MAX_BYTES))
  await expect.poll(() => far.status, { timeout: 10_000 }).toBe('aborted')
  expect(muxer.status).toBe('closed')
})

test('who never reads what it is answered is cut off', async () => {
  const [out, inn] = multiaddrConnectionPair()
  const [, { connection }] = await Promise.all([encrypter().secureOutbound(out), encrypter().secureInbound(inn)])
  Object.assign(inn, { sendData: ({ byteLength }: Uint8Array) => ({ sentBytes: byteLength, canSendMore: false }) })
  for (let sent = 0; sent <= CONNECTION_WRITE_BUFFER_BYTES; sent += FRAME_MAX_BYTES) {
    connection.send(pattern(FRAME_MAX_BYTES))
  }
  expect(connection.status).toBe('open')
  connection.send(pattern(FRAME_MAX_BYTES))
  expect(connection.status).toBe('aborted')
})

function encrypter(): ConnectionEncrypter {
  const [{ log }] = multiaddrConnectionPair()
  const components = {
    privateKey: identityOf(seed()),
    logger: { forComponent: () => log },
    upgrader: { getStreamMuxers: () => new Map() },
  }
  return tellingNoise()(components as unknown as Parameters<ReturnType<typeof tellingNoise>>[0])
}
