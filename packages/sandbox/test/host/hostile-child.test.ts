import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FRAME_MAX_BYTES, readWhole } from '@hither/core'
import { expect, onTestFinished, test } from 'vitest'
import type { Spawn } from '@hither/sandbox'
import { CPU_SLACK_MS } from '../../src/host/limits.ts'
import { FRAME } from '../../src/ipc/frames.ts'
import { LOG_FLOOD_MAX_LINES, MESSAGE_HEAD_BYTES, WINDOW_BYTES } from '../../src/ipc/limits.ts'
import { bytesThatCount } from './bodies.ts'
import { bench, failure, handler, makeJob, pidsOf, until, whole } from './support.ts'
import { tampered, written, writtenAnswer, writtenCall, writtenPiece, writtenRaw } from './written.ts'

/** A process that was taken over: it says that it is ready, and answers the first frames that it gets with these bytes. */
function takenOver(answer: Uint8Array): Spawn {
  const folder = mkdtempSync(join(tmpdir(), 'taken-over-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'ready'), Buffer.concat(written(FRAME.ready, 0)))
  writeFileSync(join(folder, 'answer'), answer)
  const source = `
    const { readFileSync } = require('node:fs')
    const pipe = new (require('node:net').Socket)({ fd: 3 })
    pipe.write(readFileSync(process.argv[1] + '/ready'))
    pipe.once('data', () => pipe.write(readFileSync(process.argv[1] + '/answer')))
    pipe.on('error', () => {})`
  return (file, _, options) => spawn(file, ['-e', source, folder], options)
}

const LOADED = written(FRAME.loaded, 1)
const MEASURED = { runMs: 1, cpuMs: 1, heapBytes: 1, background: false }
const ended = (id: number, head: object): Uint8Array =>
  Buffer.concat([...LOADED, ...written(FRAME.ended, id, { ...MEASURED, ...head })])
const answered = (...args: Parameters<typeof writtenAnswer>): Uint8Array =>
  Buffer.concat([...LOADED, ...writtenAnswer(...args)])

const VAST = Array.from({ length: 100 }, (_, i): [string, string] => [`h${i}`, 'x'.repeat(400)])
const HEAD = { status: 200, headers: [] }
const BEGAN = [...LOADED, ...written(FRAME.began, 1, HEAD)]
const PIECE = writtenPiece(1, new Uint8Array(FRAME_MAX_BYTES))
const WINDOW = Array.from({ length: WINDOW_BYTES / FRAME_MAX_BYTES }, () => PIECE).flat()
const want = (room: number): Uint8Array[] => written(FRAME.want, 1, { room })

/** Where an answer says how many texts its head has: before them are its status, three numbers and a flag. */
const TEXTS_AT = MESSAGE_HEAD_BYTES + 2 + 3 * 8 + 1

/** Deeper than anything can write again. */
const ENDLESS = `{"error":{"code":"handler-failed","message":"","data":{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}},"runMs":1,"cpuMs":1,"heapBytes":1,"background":false}`

test.each([
  ['garbage', Buffer.from('this is no frame at all, is it?')],
  ['that it is ready, once more', Buffer.concat(written(FRAME.ready, 0))],
  ['a frame of no known type', Buffer.concat(written(99, 1))],
  ['a frame that only parents send', Buffer.concat(writtenCall(1))],
  ['an end without a load', Buffer.concat(writtenAnswer(1))],
  ['an end of a call that nobody made', answered(7)],
  [
    'a call that is given back twice',
    Buffer.concat([...LOADED, ...written(FRAME.pending, 1), ...written(FRAME.returned, 1)]),
  ],
  ['a refusal, as if nothing had run', ended(1, { error: { code: 'busy', message: 'later' } })],
  ['a status that is none', answered(1, { status: 7 })],
  ['headers that are none', Buffer.concat([...LOADED, ...tampered(writtenAnswer(1), TEXTS_AT, 0, 1)])],
  ['times that are none', answered(1, { runMs: -1 })],
  ['a head of a call that nobody made', Buffer.concat([...LOADED, ...written(FRAME.began, 7, HEAD)])],
  ['a head before its load is answered', Buffer.concat(written(FRAME.began, 1, HEAD))],
  ['a head twice', Buffer.concat([...BEGAN, ...written(FRAME.began, 1, HEAD)])],
  ['a head again at the end', Buffer.concat([...BEGAN, ...writtenAnswer(1)])],
  ['a head of megabytes', Buffer.concat([...LOADED, ...written(FRAME.began, 1, { status: 200, headers: VAST })])],
  ['a head that is none', Buffer.concat([...LOADED, ...written(FRAME.began, 1, { status: 200 })])],
  ['an end without a head', Buffer.concat([...LOADED, ...written(FRAME.ended, 1, MEASURED)])],
  ['a piece without a head', Buffer.concat([...LOADED, ...PIECE])],
  ['a piece of a call that nobody made', Buffer.concat([...BEGAN, ...writtenPiece(7, Uint8Array.of(1))])],
  ['an empty piece', Buffer.concat([...BEGAN, ...writtenPiece(1, new Uint8Array(0))])],
  ['a call that it gives back after its answer began', Buffer.concat([...BEGAN, ...written(FRAME.returned, 1)])],
  ['room for a request that does not stream', Buffer.concat([...LOADED, ...want(1)])],
  ['that it leaves one', Buffer.concat([...LOADED, ...written(FRAME.left, 1)])],
  ['a body of gigabytes', Buffer.concat([...LOADED, ...tampered(writtenAnswer(1), 0, 0xff)])],
  ['an error without end', Buffer.concat([...LOADED, ...writtenRaw(FRAME.ended, 1, Buffer.from(ENDLESS))])],
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

test('processor time that no call can have is not believed', async () => {
  const on = bench({}, { spawn: takenOver(answered(1, { cpuMs: Number.MAX_SAFE_INTEGER })) })
  const { metrics } = await whole(on.runner.run(await makeJob(handler(''), { limits: { cpuMs: 100 } })))
  expect(metrics.cpuMs).toBe(100 + CPU_SLACK_MS)
})

test.each([
  ['for more than any window', want(2 ** 30)],
  ['for nothing', want(0)],
  ['again, though it had none yet', [...want(WINDOW_BYTES), ...want(WINDOW_BYTES)]],
  ['and gives the call back', [...want(WINDOW_BYTES), ...written(FRAME.returned, 1)]],
])('a process that asks for a request’s body %s is ended', async (_, frames) => {
  const on = bench({}, { spawn: takenOver(Buffer.concat([...LOADED, ...frames])) })
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

/** One that was taken over, and answers each load and each call that it gets, with these frames. */
function answering(load: number[], call: number[]): Spawn {
  const ready = Buffer.concat(written(FRAME.ready, 0)).toString('hex')
  const frames = (types: number[]): string =>
    JSON.stringify(types.map((type) => Buffer.concat(written(type, 0)).toString('hex')))
  // Ids stand behind the length and the type.
  const source = `
    const pipe = new (require('node:net').Socket)({ fd: 3 })
    const answers = { ${FRAME.load}: ${frames(load)}, ${FRAME.call}: ${frames(call)} }
    let held = Buffer.alloc(0)
    pipe.on('error', () => {})
    pipe.write(Buffer.from('${ready}', 'hex'))
    pipe.on('data', (bytes) => {
      held = Buffer.concat([held, bytes])
      while (held.length >= 4 && held.length >= 4 + held.readUInt32BE(0)) {
        for (const hex of answers[held[4]] ?? []) {
          const frame = Buffer.from(hex, 'hex')
          held.copy(frame, 5, 5, 9)
          pipe.write(frame)
        }
        held = held.subarray(4 + held.readUInt32BE(0))
      }
    })`
  return (file, _, options) => spawn(file, ['-e', source], options)
}

test.each([
  ['gives each call back', [FRAME.loaded], [FRAME.returned]],
  ['loses each function', [FRAME.lost], [FRAME.returned]],
  ['loses a function again and again', [FRAME.loaded, FRAME.lost, FRAME.lost], []],
])('a process that %s is ended', async (_, load, call) => {
  const on = bench({}, { spawn: answering(load, call) })
  expect(await failure(on.runner.run(await makeJob(handler(''))))).toMatchObject({
    code: 'sandbox-crashed',
    why: expect.stringContaining('it broke the protocol') as string,
  })
  expect(on.runner.load()).toMatchObject({ busy: 0, queued: 0 })
})

test('an answer of more than the function may give', async () => {
  const on = bench({}, { spawn: takenOver(Buffer.concat([...BEGAN, ...WINDOW])) })
  const job = await makeJob(handler(''), { limits: { bodyBytes: WINDOW_BYTES - 1 } })
  expect(await failure(whole(on.runner.run(job)))).toMatchObject({ code: 'sandbox-crashed' })
})

test.each([
  ['more of an answer', [...WINDOW, ...writtenPiece(1, Uint8Array.of(1))]],
  ['more short pieces of one', Array.from({ length: 257 }, () => writtenPiece(1, Uint8Array.of(1))).flat()],
])('a process that sends %s than there is room for is ended', async (_, pieces) => {
  const on = bench({}, { spawn: takenOver(Buffer.concat([...BEGAN, ...pieces])) })
  const { body } = await on.runner.run(await makeJob(handler('')))
  const [child] = on.children
  await until(() => child?.signalCode === 'SIGKILL')
  expect(await failure(readWhole(body))).toMatchObject({ code: 'sandbox-crashed' })
  await until(() => on.runner.load().busy === 0)
})

test('a process that goes on after the end of an answer is ended, and the answer stands', async () => {
  const end = written(FRAME.ended, 1, MEASURED)
  const on = bench({}, { spawn: takenOver(Buffer.concat([...BEGAN, ...PIECE, ...end, ...PIECE])) })
  const { body } = await whole(on.runner.run(await makeJob(handler(''))))
  expect(body).toHaveLength(FRAME_MAX_BYTES)
  const [child] = on.children
  await until(() => child?.signalCode === 'SIGKILL')
})

test('a process that claims more headers than an answer may have', async () => {
  const on = bench({}, { spawn: takenOver(answered(1, { headers: VAST })) })
  expect((await failure(on.runner.run(await makeJob(handler(''))))).code).toBe('result-too-large')
})

test('a process that says nothing is ended with its call', async () => {
  const on = bench({}, { spawn: takenOver(new Uint8Array(0)) })
  const job = await makeJob(handler(''), { remainingMs: 500, limits: { wallMs: 500 } })
  expect((await failure(on.runner.run(job))).code).toBe('timeout')
  await until(() => on.runner.load().busy === 0)
})

test('a process that writes lines without end is ended', async () => {
  const line = written(FRAME.log, 1, { level: 'info', text: 'x' })
  const flood = Array.from({ length: LOG_FLOOD_MAX_LINES + 1000 }, () => line).flat()
  const on = bench({}, { spawn: takenOver(Buffer.concat([...LOADED, ...flood])) })
  expect(await failure(on.runner.run(await makeJob(handler(''))))).toMatchObject({
    code: 'sandbox-crashed',
    why: expect.stringContaining('it broke the protocol') as string,
  })
})

test('lines beyond the budget of the parent are dropped', async () => {
  const line = written(FRAME.log, 1, { level: 'info', text: 'x' })
  const flood = Array.from({ length: 5000 }, () => line).flat()
  const end = writtenAnswer(1)
  const on = bench({}, { spawn: takenOver(Buffer.concat([...LOADED, ...flood, ...end])) })
  await on.runner.run(await makeJob(handler('')))
  expect(on.logs.length).toBeLessThanOrEqual(512)
  expect(on.logs.length).toBeGreaterThan(0)
})
