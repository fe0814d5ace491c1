import { setFlagsFromString } from 'node:v8'
import { DEFAULT_LIMITS } from '@hither/core'
import type ivm from 'isolated-vm'
import { expect, test } from 'vitest'
import { takeBlank } from '../../src/child/guest-blank.ts'
import { LOADING } from '../../src/guest/wall/protocol.ts'

/** What calls leave behind until all of an isolate is collected, which happens once in hours where it is seldom called. */

const CALLS = 2000
/** Between collections of what is young: whatever is still held after two of them counts as old. */
const CALLS_EACH = 5

/** It is 10 bytes, or 17. In tables of V8's own maps, of which one keeps the next, it was 155, and 310 of a call that sets a timer. */
const LEFT_MAX_BYTES = 40

/** Bytes of an isolate's heap that each call leaves until all of it is collected. */
function leftByEach(handler: string): number {
  const { isolate, context, entries } = takeBlank(DEFAULT_LIMITS.memoryMb)
  const collect = collectorOf(isolate)
  entries.start.applySync(undefined, ['{}'])
  const bundle: ivm.Reference<object> = context.evalSync(`({ bundle: { default: ${handler} }, loaded: true })`, {
    reference: true,
  })
  entries.adopt.applySync(undefined, [bundle.derefInto()])
  entries.end.applySync(undefined, [LOADING])
  let id = 0
  const call = (): void => {
    entries.invoke.applySync(undefined, [(id += 1), 'GET', 'http://fn.localhost/', '', undefined])
    if (id % CALLS_EACH === 0) collect('minor')
  }
  // What V8 makes once.
  for (let i = 0; i < CALLS; i += 1) call()
  collect('major')
  const before = isolate.getHeapStatisticsSync().used_heap_size
  for (let i = 0; i < CALLS; i += 1) call()
  collect('minor')
  collect('minor')
  const left = isolate.getHeapStatisticsSync().used_heap_size - before
  isolate.dispose()
  return left / CALLS
}

/** By a context of its own, which alone is made under the flag that gives it `gc`. */
function collectorOf(isolate: ivm.Isolate): (type: 'minor' | 'major') => void {
  setFlagsFromString('--expose-gc')
  const context = isolate.createContextSync()
  setFlagsFromString('--no-expose-gc')
  const gc: ivm.Reference<(type: string) => void> = context.evalSync('(type) => gc({ type })', { reference: true })
  return (type) => gc.applySync(undefined, [type])
}

test('a call leaves next to nothing', () => {
  expect(leftByEach(`() => new Response('text')`)).toBeLessThan(LEFT_MAX_BYTES)
})

test('nor does one that sets timers', () => {
  const handler = `(request) => {
    clearTimeout(setTimeout(() => request.url, 1000))
    return new Response('text')
  }`
  expect(leftByEach(handler)).toBeLessThan(LEFT_MAX_BYTES)
})
