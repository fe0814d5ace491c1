import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeFrames, encodeMessage } from '@hither/core'
import { expect, onTestFinished, test } from 'vitest'
import type { Spawn } from '@hither/sandbox'
import { FRAME } from '../../src/ipc/frames.ts'
import { messageFrames } from '../../src/ipc/messages.ts'
import { bench, failure, handler, makeJob, pidsOf, until } from './support.ts'

/** A process that was taken over: it says that it is ready, and answers the first frames that it gets with these bytes. */
function takenOver(answer: Uint8Array): Spawn {
  const folder = mkdtempSync(join(tmpdir(), 'taken-over-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'ready'), encodeFrames(messageFrames(FRAME.ready, 0)))
  writeFileSync(join(folder, 'answer'), answer)
  const source = `
    const { readFileSync } = require('node:fs')
    const pipe = new (require('node:net').Socket)({ fd: 3 })
    pipe.write(readFileSync(process.argv[1] + '/ready'))
    pipe.once('data', () => pipe.write(readFileSync(process.argv[1] + '/answer')))
    pipe.on('error', () => {})`
  return (file, _, options) => spawn(file, ['-e', source, folder], options)
}

const LOADED = messageFrames(FRAME.loaded, 1)
const MEASURED = { runMs: 1, cpuMs: 1, heapBytes: 1 }
const ended = (id: number, head: object): Uint8Array =>
  encodeFrames([...LOADED, ...messageFrames(FRAME.ended, id, { ...MEASURED, ...head })])

test.each([
  ['garbage', Buffer.from('this is no frame at all, is it?')],
  ['a frame of no known type', encodeFrames(messageFrames(99, 1))],
  ['a frame that only parents send', encodeFrames(messageFrames(FRAME.call, 1, {}))],
  ['an end without a load', encodeFrames(messageFrames(FRAME.ended, 1, { status: 200, headers: [], ...MEASURED }))],
  ['an end of a call that nobody made', ended(7, { status: 200, headers: [] })],
  [
    'a call that is given back twice',
    encodeFrames([...LOADED, ...messageFrames(FRAME.pending, 1), ...messageFrames(FRAME.returned, 1)]),
  ],
  ['a refusal, as if nothing had run', ended(1, { error: { code: 'busy', message: 'later' } })],
  ['a status that is none', ended(1, { status: 7, headers: [] })],
  ['headers that are none', ended(1, { status: 200, headers: [['a']] })],
  ['times that are none', ended(1, { status: 200, headers: [], runMs: -1 })],
  ['a body of gigabytes', encodeFrames([{ type: FRAME.ended, id: 1, payload: encodeMessage({ bytes: 2 ** 40 }) }])],
])('a process that sends %s is ended, and its call fails by name', async (_, answer) => {
  const on = bench({}, { spawn: takenOver(answer) })
  const job = await makeJob(handler(''))
  const call = failure(on.runner.run(job))
  await until(() => on.children.length > 0)
  const [pid] = pidsOf(on)
  const error = await call
  expect(error).toMatchObject({
    code: 'sandbox-crashed',
    why: expect.stringMatching(/^it broke the protocol: \w/) as string,
  })
  expect(pidsOf(on)).not.toContain(pid)
  expect(on.runner.load()).toMatchObject({ busy: 0, queued: 0 })
})

test('a process that claims more headers than an answer may have', async () => {
  const headers = Array.from({ length: 100 }, (_, i) => [`h${i}`, 'x'.repeat(400)])
  const on = bench({}, { spawn: takenOver(ended(1, { status: 200, headers })) })
  expect((await failure(on.runner.run(await makeJob(handler(''))))).code).toBe('result-too-large')
})

test('a process that says nothing is ended with its call', async () => {
  const on = bench({}, { spawn: takenOver(new Uint8Array(0)) })
  const job = await makeJob(handler(''), { remainingMs: 500, limits: { wallMs: 500 } })
  expect((await failure(on.runner.run(job))).code).toBe('timeout')
  await until(() => on.runner.load().busy === 0)
})

test('lines beyond the budget of the parent are dropped', async () => {
  const line = messageFrames(FRAME.log, 1, { level: 'info', text: 'x' })
  const flood = Array.from({ length: 5000 }, () => line).flat()
  const end = messageFrames(FRAME.ended, 1, { status: 200, headers: [], ...MEASURED })
  const on = bench({}, { spawn: takenOver(encodeFrames([...LOADED, ...flood, ...end])) })
  await on.runner.run(await makeJob(handler('')))
  expect(on.logs.length).toBeLessThanOrEqual(512)
  expect(on.logs.length).toBeGreaterThan(0)
})
