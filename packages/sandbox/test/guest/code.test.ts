import { execFileSync } from 'node:child_process'
import ivm from 'isolated-vm'
import { expect, onTestFinished, test } from 'vitest'
import { takeBlank, startFrom } from '../../src/child/guest-blank.ts'
import { compileBundle, type Place } from '../../src/child/guest-code.ts'
import { findCode } from '../../src/host/launch/code.ts'
import { snapshotCommand } from '../../src/host/launch/node.ts'
import { CODE_CACHE_MAX_BYTES, CODE_CACHE_MIN_CHARS } from '../../src/guest/wall/limits.ts'

/** A bundle of at least so many characters that is like no other. */
function bundle(name: string, chars: number = CODE_CACHE_MIN_CHARS): string {
  return `var ${name} = () => 1, dots = '${'.'.repeat(chars)}';export{${name} as default};\n`
}

function place(): Place {
  const isolate = new ivm.Isolate()
  return { isolate, context: isolate.createContextSync() }
}

/** Compiles and runs it, and remembers it. Was it remembered before? */
function compile(code: string, { isolate, context }: Place = place()): boolean {
  onTestFinished(() => isolate.dispose())
  const { program, cached, keep } = compileBundle({ isolate, context }, { bundle: code, code }, 'fn:test')
  program.run(1000)
  keep?.()
  return cached
}

test('what was compiled once in this process is taken again, and V8 does not reject it', () => {
  expect(compile(bundle('a'))).toBe(false)
  expect(compile(bundle('a'))).toBe(true)
  expect(compile(bundle('b'))).toBe(false)
})

test('that code is remembered is said of each that is loaded with it: the other end may have forgotten', () => {
  const code = bundle('again')
  compile(code)
  const { isolate, context } = place()
  onTestFinished(() => isolate.dispose())
  expect(compileBundle({ isolate, context }, { bundle: code, code: undefined }, 'fn:test').keep?.()).toBe(true)
})

test('what an isolate still has to say when its code would be remembered is no end of the process', () => {
  const forgets = bundle('forgets').replace('export', 'for (;;) Promise.reject(1);export')
  const { isolate, context } = place()
  onTestFinished(() => isolate.dispose())
  const { program, keep } = compileBundle({ isolate, context }, { bundle: forgets, code: forgets }, 'fn:test')
  expect(() => program.run(50)).toThrowError('timed out')
  expect(keep?.()).toBe(false)
})

test('also in isolates that start from a snapshot', () => {
  const [file, ...args] = snapshotCommand(findCode(), 'trusted')
  startFrom(new Uint8Array(execFileSync(file, args, { env: {}, maxBuffer: 64 * 1024 * 1024 })).buffer)
  expect(compile(bundle('c'), takeBlank(32))).toBe(false)
  expect(compile(bundle('c'), takeBlank(32))).toBe(true)
})

test('what is short is compiled anew', () => {
  const short = 'var a = 1;export{a as default};'
  expect(compile(short)).toBe(false)
  expect(compile(short)).toBe(false)
})

test('so much is remembered, of the newest', () => {
  const vast = (name: string): string => bundle(name, CODE_CACHE_MAX_BYTES / 3)
  for (const name of ['v', 'w', 'x']) compile(vast(name))
  expect(compile(vast('x'))).toBe(true)
  expect(compile(vast('v'))).toBe(false)
})
