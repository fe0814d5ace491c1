import { HitherError } from '@hither/core'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { faultLog } from '../src/fault-log.ts'
import { FAULT_AGAIN_MS } from '../src/limits/serving.ts'

test('each kind of fault is written once in a while, with the number of those left out, and without a stack', () => {
  let now = 0
  const lines: Record<string, unknown>[] = []
  const log = pino({ base: null, timestamp: false }, { write: (line) => void lines.push(JSON.parse(line)) })
  const faults = faultLog(log, () => now)
  const full = new HitherError('store-full', 'no room')
  for (let i = 0; i < 100; i += 1) faults(full, 'not ready')
  faults(new Error('broken'), 'not ready')
  now += FAULT_AGAIN_MS
  for (let i = 0; i < 100; i += 1) faults(full, 'not ready')
  const level = pino.levels.values['error']
  expect(lines).toEqual([
    { level, code: 'store-full', why: 'no room', msg: 'not ready' },
    { level, code: 'internal', why: 'broken', msg: 'not ready' },
    { level, code: 'store-full', why: 'no room', unsaid: 99, msg: 'not ready' },
  ])
})
