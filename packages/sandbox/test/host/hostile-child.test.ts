import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeFrames, FRAME_MAX_BYTES, readWhole, type Frame } from '@hither/core'
import { expect, onTestFinished, test } from 'vitest'
import type { Spawn } from '@hither/sandbox'
import { FRAME } from '../../src/ipc/frames.ts'
import { LOG_FLOOD_MAX_LINES, WINDOW_BYTES } from '../../src/ipc/limits.ts'
import { messageFrames, pieceFrame } from '../../src/ipc/messages.ts'
import { bytesThatCount } from './bodies.ts'
import { bench, failure, handler, makeJob, pidsOf, until, whole } from './support.ts'

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

const VAST = Array.from({ length: 100 }, (_, i) => [`h${i}`, 'x'.repeat(400)])
const HEAD = { status: 200, headers: [] }
const BEGAN = [...LOADED, ...messageFrames(FRAME.began, 1, HEAD)]
const PIECE = pieceFrame(1, new Uint8Array(FRAME_MAX_BYTES))
const WINDOW = Array.from({ length: 4 }, () => PIECE)
const want = (room: number): Frame[] => messageFrames(FRAME.want, 1, { room })

/** Deeper than anything can write again. */
const ENDLESS = `{"error":{"code":"handler-failed","message":"","data":{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}},"runMs":1,"cpuMs":1,"heapBytes":1}`

test.each([
  ['garbage', Buffer.from('this is no frame at all, is it?')],
  ['that it is ready, once more', encodeFrames(messageFrames(FRAME.ready, 0))],
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
  ['a head of a call that nobody made', encodeFrames([...LOADED, ...messageFrames(FRAME.began, 7, HEAD)])],
  ['a head before its load is answered', encodeFrames(messageFrames(FRAME.began, 1, HEAD))],
  ['a head twice', encodeFrames([...BEGAN, ...messageFrames(FRAME.began, 1, HEAD)])],
  ['a head again at the end', encodeFrames([...BEGAN, ...messageFrames(FRAME.ended, 1, { ...HEAD, ...MEASURED })])],
  ['a head of megabytes', encodeFrames([...LOADED, ...messageFrames(FRAME.began, 1, { status: 200, headers: VAST })])],
  ['a head that is none', encodeFrames([...LOADED, ...messageFrames(FRAME.began, 1, { status: 200 })])],
  ['an end without a head', encodeFrames([...LOADED, ...messageFrames(FRAME.ended, 1, MEASURED)])],
  ['a piece without a head', encodeFrames([...LOADED, PIECE])],
  ['a piece of a call that nobody made', encodeFrames([...BEGAN, pieceFrame(7, Uint8Array.of(1))])],
  ['an empty piece', encodeFrames([...BEGAN, pieceFrame(1, new Uint8Array(0))])],
  ['a call that it gives back after its answer began', encodeFrames([...BEGAN, ...messageFrames(FRAME.returned, 1)])],
  ['room for a request that does not stream', encodeFrames([...LOADED, ...want(1)])],
  ['that it leaves one', encodeFrames([...LOADED, ...messageFrames(FRAME.left, 1)])],
  [
    'a body of gigabytes',
    encodeFrames([{ type: FRAME.ended, id: 1, payload: Buffer.from('{"bytes":1099511627776}') }]),
  ],
  ['an error without end', encodeFrames([...LOADED, { type: FRAME.ended, id: 1, payload: Buffer.from(ENDLESS) }])],
])('a process that sends %s is ended, and its call fails by name', async (_, answer) => {
  const on = bench({}, { spawn: takenOver(answer) })
  const job = await makeJob(handler(''))
  const call = failure(whole(on.runner.run(job)))
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

test.each([
  ['for more than any window', want(2 ** 30)],
  ['for nothing', want(0)],
  ['again, though it had none yet', [...want(WINDOW_BYTES), ...want(WINDOW_BYTES)]],
  ['and gives the call back', [...want(WINDOW_BYTES), ...messageFrames(FRAME.returned, 1)]],
])('a process that asks for a request’s body %s is ended', async (_, frames) => {
  const on = bench({}, { spawn: takenOver(encodeFrames([...LOADED, ...frames])) })
  const { body, count } = bytesThatCount()
  const job = await makeJob(handler(''), { body })
  job.request.method = 'POST'
  const error = await failure(on.runner.run(job))
  expect(error).toMatchObject({
    code: 'sandbox-crashed',
    why: expect.stringContaining('it broke the protocol') as string,
  })
  expect(count.left).toBe(true)
  expect(on.runner.load()).toMatchObject({ busy: 0, queued: 0 })
})

test('an answer of more than the function may give', async () => {
  const on = bench({}, { spawn: takenOver(encodeFrames([...BEGAN, ...WINDOW])) })
  const job = await makeJob(handler(''), { limits: { bodyBytes: 3.5 * FRAME_MAX_BYTES } })
  expect(await failure(whole(on.runner.run(job)))).toMatchObject({ code: 'sandbox-crashed' })
})

test.each([
  ['more of an answer', [...WINDOW, pieceFrame(1, Uint8Array.of(1))]],
  ['more short pieces of one', Array.from({ length: 257 }, () => pieceFrame(1, Uint8Array.of(1)))],
])('a process that sends %s than there is room for is ended', async (_, pieces) => {
  const on = bench({}, { spawn: takenOver(encodeFrames([...BEGAN, ...pieces])) })
  const { body } = await on.runner.run(await makeJob(handler('')))
  const [child] = on.children
  await until(() => child?.signalCode === 'SIGKILL')
  expect(await failure(readWhole(body))).toMatchObject({ code: 'sandbox-crashed' })
  await until(() => on.runner.load().busy === 0)
})

test('a process that goes on after the end of an answer is ended, and the answer stands', async () => {
  const end = messageFrames(FRAME.ended, 1, MEASURED)
  const on = bench({}, { spawn: takenOver(encodeFrames([...BEGAN, PIECE, ...end, PIECE])) })
  const { body } = await whole(on.runner.run(await makeJob(handler(''))))
  expect(body).toHaveLength(FRAME_MAX_BYTES)
  const [child] = on.children
  await until(() => child?.signalCode === 'SIGKILL')
})

test('a process that claims more headers than an answer may have', async () => {
  const on = bench({}, { spawn: takenOver(ended(1, { status: 200, headers: VAST })) })
  expect((await failure(on.runner.run(await makeJob(handler(''))))).code).toBe('result-too-large')
})

test('a process that says nothing is ended with its call', async () => {
  const on = bench({}, { spawn: takenOver(new Uint8Array(0)) })
  const job = await makeJob(handler(''), { remainingMs: 500, limits: { wallMs: 500 } })
  expect((await failure(on.runner.run(job))).code).toBe('timeout')
  await until(() => on.runner.load().busy === 0)
})

test('a process that writes lines without end is ended', async () => {
  const line = messageFrames(FRAME.log, 1, { level: 'info', text: 'x' })
  const flood = Array.from({ length: LOG_FLOOD_MAX_LINES + 1000 }, () => line).flat()
  const on = bench({}, { spawn: takenOver(encodeFrames([...LOADED, ...flood])) })
  expect(await failure(on.runner.run(await makeJob(handler(''))))).toMatchObject({
    code: 'sandbox-crashed',
    why: expect.stringContaining('it broke the protocol') as string,
  })
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
