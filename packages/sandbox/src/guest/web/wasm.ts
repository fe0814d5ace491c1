import { defineProperty, getterOf } from '../primordials.ts'
import { isNonSharedBuffer } from './brands.ts'

/** Makes of WebAssembly what can work here: without shared memory, and compiling within the call. */
export function tameWebAssembly(): void {
  // V8 without a compiler, as in the hardest jail, has none.
  if (!('WebAssembly' in globalThis)) return
  hideSharedMemory()
  compileHere()
}

/** Shared memory can come from a module too; this getter is the only way from there to a SharedArrayBuffer. */
function hideSharedMemory(): void {
  const { prototype } = WebAssembly.Memory
  const original = getterOf(prototype, 'buffer')
  const get = function buffer(this: unknown): unknown {
    const memory = original(this)
    if (!isNonSharedBuffer(memory)) throw new TypeError('WebAssembly.Memory: shared memory is not granted')
    return memory
  }
  defineProperty(prototype, 'buffer', { get, enumerable: true, configurable: true })
}

/** V8 hands over what it compiled elsewhere as a task, and entries that are synchronous run none: it would never arrive. */
function compileHere(): void {
  const { Module, Instance } = WebAssembly
  Object.assign(WebAssembly, {
    async compile(bytes: unknown) {
      return new Module(bytes)
    },
    async instantiate(source: unknown, imports?: unknown) {
      if (source instanceof Module) return new Instance(source, imports)
      const module = new Module(source)
      return { module, instance: new Instance(module, imports) }
    },
  })
}
