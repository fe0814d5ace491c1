import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Duplex, PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { isLong, LoopBell } from '../../src/child/loop-bell.ts'
import { channel, type Channel } from '../../src/ipc/channel.ts'
import { FRAME } from '../../src/ipc/frames.ts'
import { MessageReader } from '../../src/ipc/messages.ts'
import { bench, failure, makeJob, text } from './support.ts'
import { callHead, writtenAnswer } from './written.ts'

const NAMES = new Map(Object.entries(FRAME).map(([name, type]) => [type as number, name]))

/** The parent's end of a pipe, and in words what it writes, and when it listens. */
function parentEnd(): { pipe: Channel; bell: PassThrough; seen: string[] } {
  const seen: string[] = []
  const reader = new MessageReader(1000)
  const stream = new Duplex({
    read: () => undefined,
    write(bytes: Buffer, _, taken) {
      reader.push(bytes, ({ type, id }) => seen.push(`${NAMES.get(type)} ${id}`))
      taken()
    },
  })
  Object.assign(stream, { _handle: { readStart: () => seen.push('listens'), readStop: () => seen.push('is deaf') } })
  const bell = new PassThrough()
  const pipe = channel({ stream, bell, maxBodyBytes: 1000, onMessage: () => undefined, onEnd: () => undefined })
  return { pipe, bell, seen }
}

test('a bell is done away with that is rung more often than it was asked to', async () => {
  const { pipe, bell } = parentEnd()
  for (const id of [1, 2, 3, 4]) {
    pipe.call(id, callHead())
    pipe.call(id + 4, callHead())
    pipe.flush()
  }
  bell.write('xxx')
  await new Promise(setImmediate)
  expect([bell.destroyed, pipe.unheard]).toEqual([false, false])
  bell.write('xx')
  await new Promise(setImmediate)
  expect(bell.destroyed).toBe(true)
})

const ANSWERS = Buffer.concat([1, 2].flatMap((id) => writtenAnswer(id)))

/** Of a process, as the kernel has it: `Z` when it has ended and its parent does not know yet. */
function stateOf(pid: number | undefined): string | undefined {
  return /\) (\w) /.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1]
}

test('calls that go out together are not listened for until it rings', async () => {
  const { pipe, bell, seen } = parentEnd()
  for (const id of [1, 2, 3]) pipe.call(id, callHead())
  pipe.flush()
  expect(seen).toEqual(['call 1', 'hush 0', 'call 2', 'call 3', 'ring 0', 'is deaf'])
  expect(pipe.unheard).toBe(true)
  bell.write('x')
  await new Promise(setImmediate)
  expect(pipe.unheard).toBe(false)
  expect(seen.splice(6)).toEqual(['listens'])
})

test('a lone call is listened for, and so is all when that is asked for', () => {
  const { pipe, seen } = parentEnd()
  pipe.call(1, callHead())
  pipe.flush()
  pipe.listen()
  expect(seen.splice(0)).toEqual(['call 1'])
  const two = (): void => {
    pipe.call(2, callHead())
    pipe.call(3, callHead())
    pipe.flush()
  }
  two()
  pipe.listen(true)
  expect(seen.splice(0)).toEqual(['call 2', 'hush 0', 'call 3', 'ring 0', 'is deaf', 'listens'])
  two()
  expect(seen).toEqual(['call 2', 'call 3'])
})

test('what a process answered unheard before it died is heard, though it is found out by writing to it', async () => {
  const source = `
    const pipe = new (require('node:net').Socket)({ fd: 3 })
    pipe.once('data', () => pipe.write(Buffer.from('${ANSWERS.toString('hex')}', 'hex'), () => process.exit()))`
  const child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] })
  const heard: number[] = []
  const pipe = channel({
    stream: child.stdio[3] as Duplex,
    bell: child.stdout,
    maxBodyBytes: 1000,
    onMessage: ({ id }) => heard.push(id),
    onEnd: () => heard.push(0),
  })
  child.on('exit', () => pipe.listen(true))
  const closed = once(child, 'close')
  for (const id of [1, 2, 3]) pipe.call(id, callHead())
  pipe.flush()
  // Nothing is read meanwhile.
  const endsBy = performance.now() + 10_000
  while (stateOf(child.pid) !== 'Z' && performance.now() < endsBy);
  pipe.call(4, callHead())
  pipe.flush()
  await closed
  expect(heard).toEqual([1, 2, 0])
})

/** A bell, how often it was rung, and its clock. */
function rungBell(): { bell: LoopBell; rung: () => number; pass: (ms: number) => void } {
  let [rung, nowMs] = [0, 0]
  const bell = new LoopBell(
    () => (rung += 1),
    () => nowMs,
  )
  return { bell, rung: () => rung, pass: (ms) => (nowMs += ms) }
}

test('it rings once for what came together, and before a turn that may last or comes late', () => {
  const { bell, rung, pass } = rungBell()
  bell.turn(true)
  bell.ring()
  expect(rung()).toBe(0)
  bell.hush(true)
  bell.turn(false)
  expect(rung()).toBe(0)
  bell.ring()
  bell.ring()
  expect(rung()).toBe(1)
  bell.hush(true)
  bell.turn(true)
  bell.turn(true)
  bell.ring()
  expect(rung()).toBe(2)
  bell.hush(true)
  pass(5)
  bell.turn(false)
  expect(rung()).toBe(3)
  expect([0.05, 50].map(isLong)).toEqual([false, true])
})

test('it does not ring before a turn that may last where nothing was answered yet', () => {
  const { bell, rung, pass } = rungBell()
  bell.hush(false)
  pass(5)
  bell.turn(true)
  expect(rung()).toBe(0)
  // By now there is an answer.
  bell.turn(true)
  expect(rung()).toBe(1)
})

test('a function goes out before its call where nothing else is under way, and is heard of with it', async () => {
  const { pipe, bell, seen } = parentEnd()
  pipe.load(7, {}, new Uint8Array(0), true)
  expect(seen.splice(0)).toEqual(['load 7', 'hush 7', 'is deaf'])
  pipe.call(1, callHead({ fn: 7 }))
  pipe.call(2, callHead({ fn: 7 }))
  pipe.flush()
  expect(seen.splice(0)).toEqual(['call 1', 'call 2', 'ring 0', 'is deaf'])
  bell.write('x')
  await new Promise(setImmediate)
  expect([bell.destroyed, pipe.unheard, seen.splice(0)]).toEqual([false, false, ['listens']])
  pipe.call(3, callHead())
  pipe.load(8, {}, new Uint8Array(0), false)
  pipe.call(4, callHead({ fn: 8 }))
  pipe.flush()
  expect(seen).toEqual(['call 3', 'load 8', 'hush 0', 'call 4', 'ring 0', 'is deaf'])
})

test('what was answered before a call that never ends is known, though they came together', async () => {
  const { runner } = bench()
  const code = `export default ({ url }) => { if (url.endsWith('loop')) for (;;); return new Response('ok') }`
  const job = await makeJob(code, { limits: { cpuMs: 300 } })
  const loop = await makeJob(code, { limits: { cpuMs: 300 }, url: 'http://f.test/loop' })
  // From then on it is known to be quick.
  for (let i = 0; i < 3; i++) expect(await text(runner.run(job))).toBe('ok')
  const quick = [1, 2, 3].map(() => text(runner.run(job)))
  const [error, answers] = await Promise.all([failure(runner.run(loop)), Promise.all(quick)])
  expect(answers).toEqual(['ok', 'ok', 'ok'])
  expect(error.code).toBe('limit-cpu')
})
