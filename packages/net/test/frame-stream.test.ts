import { encodeFrames } from '@hither/core'
import { expect, test } from 'vitest'
import { WINDOW_AGAIN_BYTES } from '../src/limits/streams.ts'
import { frameStream } from '../src/protocols/call/frame-stream.ts'
import { meter } from '../src/traffic.ts'
import { memoryPair } from './helpers/memory-duplex.ts'

test('a window is given anew when half of the last one was used, not for every message', async () => {
  const [here, there] = memoryPair()
  let frames = 0
  frameStream(here, meter(), { frame: () => void (frames += 1), end: () => {} })
  expect(here.admitted).toBe(1)

  const small = encodeFrames([{ type: 1, id: 1, payload: new Uint8Array(100) }])
  const many = Math.ceil(WINDOW_AGAIN_BYTES / small.length)
  for (let sent = 1; sent < many; sent++) there.send(small)
  await expect.poll(() => frames).toBe(many - 1)
  expect(here.admitted).toBe(1)

  there.send(small)
  await expect.poll(() => frames).toBe(many)
  expect(here.admitted).toBe(2)
})
