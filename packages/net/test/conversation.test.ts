import { expect, test } from 'vitest'
import { conversation } from '../src/protocols/conversation.ts'
import { patience } from '../src/protocols/patience.ts'
import { manualTime } from './helpers/manual-timers.ts'
import { memoryPair } from './helpers/memory-duplex.ts'
import { pattern } from './helpers/services.ts'

test('whoever gave up while the stream was opened waits for nothing on it', async () => {
  const [near] = memoryPair()
  const control = new AbortController()
  const limits = patience({ timers: manualTime().timers, maxMs: 1000, signal: control.signal })
  control.abort(new Error('no more of it'))
  const talk = conversation({ duplex: near, maxBytes: 100, patience: limits })
  await expect(talk.send({ type: 1, payload: pattern(3) })).rejects.toThrow('no more of it')
  await expect(talk.receive()).rejects.toThrow('no more of it')
  expect(near.aborted).toBe(control.signal.reason)
})
