import type { ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { Session } from 'node:inspector/promises'
import { Duplex } from 'node:stream'
import { sandbox, type Spawn } from '@hither/sandbox'
import { expect, onTestFinished, test } from 'vitest'
import { FRAME } from '../../src/ipc/frames.ts'
import { MessageReader } from '../../src/ipc/messages.ts'
import { bareMachine, handler, makeJob } from './support.ts'
import { written, writtenAnswer } from './written.ts'

/** No such process, whatever the kernel counts up to. */
const NO_PID = 2 ** 30

interface Counts {
  writes: number
  messages: number
}

/** A process that answers at once, each write with one of its own; and what it was sent. */
function prompt(counts: Counts): Spawn {
  return () => {
    const reader = new MessageReader(2 ** 20)
    const child = Object.assign(new EventEmitter(), { pid: NO_PID })
    const pipe = new Duplex({
      read: () => undefined,
      write(chunk: Buffer, _, taken) {
        const answers: Uint8Array[] = []
        counts.writes += 1
        reader.push(Buffer.from(chunk), ({ type, id }) => {
          counts.messages += 1
          if (type === FRAME.load) answers.push(...written(FRAME.loaded, id))
          if (type === FRAME.call) answers.push(...writtenAnswer(id, { cpuMs: 0.001 }))
        })
        pipe.push(Buffer.concat(answers))
        taken()
      },
    })
    pipe.push(Buffer.concat(written(FRAME.ready, 0)))
    const kill = (): boolean => pipe.destroy() && child.emit('close', null, 'SIGKILL')
    return Object.assign(child, { stdio: [null, null, null, pipe], kill }) as unknown as ChildProcess
  }
}

/** Makes so many calls, so many at once, each as soon as one is answered. */
async function calls(total: number, atOnce: number, call: () => Promise<unknown>): Promise<void> {
  let left = total
  const place = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      await call()
    }
  }
  await Promise.all(Array.from({ length: atOnce }, place))
}

async function warm(): Promise<{ counts: Counts; call: () => Promise<unknown> }> {
  const counts = { writes: 0, messages: 0 }
  // No timer fires: what is counted does not depend on how fast this machine is.
  const timers = { after: () => () => undefined }
  const runner = sandbox({ cores: 1, memoryMb: 1024, slots: 256 })({
    spawn: prompt(counts),
    machine: bareMachine(),
    timers,
  })
  onTestFinished(() => runner.stop())
  const job = await makeJob(handler(''))
  const call = (): Promise<unknown> => runner.run(job)
  await call()
  return { counts, call }
}

test.each([
  [1, 1],
  [64, 1 / 64],
])('with %d calls at once, one takes one message, and %d of a write', async (atOnce, writes) => {
  const { counts, call } = await warm()
  Object.assign(counts, { writes: 0, messages: 0 })
  await calls(640, atOnce, call)
  expect(counts).toEqual({ writes: 640 * writes, messages: 640 })
})

/** Bytes that one call may take of the heap, on its way there and back. It takes 8,550, give or take a part in a hundred; with lists and closures for each step it took twice as much. */
const CALL_MAX_BYTES = 9_000

const SAMPLED = 3200

interface Sampled {
  selfSize: number
  callFrame: { url: string }
  children: Sampled[]
}

/** What our own code took; the process that answers is none of it. */
function bytesOf({ selfSize, callFrame, children }: Sampled): number {
  const own = callFrame.url.endsWith('call-cost.test.ts') ? 0 : selfSize
  return children.reduce((sum, child) => sum + bytesOf(child), own)
}

test('a call takes little of the heap', async () => {
  const { call } = await warm()
  await calls(SAMPLED, 64, call)
  const session = new Session()
  session.connect()
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: 1024,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  })
  await calls(SAMPLED, 64, call)
  const { profile } = await session.post('HeapProfiler.stopSampling')
  session.disconnect()
  expect(bytesOf(profile.head) / SAMPLED).toBeLessThan(CALL_MAX_BYTES)
})
