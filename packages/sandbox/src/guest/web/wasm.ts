import { construct, defineProperty, getPrototypeOf, getterOf, isView } from '../primordials.ts'
import { isDataView, isNonSharedBuffer } from './brands.ts'
import { sharesMemory } from './wasm-shared.ts'

/** Makes of WebAssembly what can work here: without shared memory, and compiling within the call. */
export function tameWebAssembly(): void {
  // V8 without a compiler, as in the hardest jail, has none.
  if (!('WebAssembly' in globalThis)) return
  hideSharedMemory()
  refuseSharingModules()
  compileHere()
}

const Bytes = Uint8Array
const ofArray = viewGetters(getPrototypeOf(Bytes.prototype) as object)
const ofDataView = viewGetters(DataView.prototype)

/** The getter of a memory's buffer is the only way to a SharedArrayBuffer. */
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

/** There is no other way to a module than its constructor, which is this one now. */
function refuseSharingModules(): void {
  const { Module } = WebAssembly
  const Guarded = new Proxy(Module, {
    // What is missing of a handler is looked for on `Object.prototype`.
    __proto__: null,
    construct(target: typeof Module, [source]: [unknown], made: typeof Module) {
      const bytes = bytesOf(source)
      if (bytes !== undefined && sharesMemory(bytes)) {
        throw new TypeError('WebAssembly.Module(): shared memory is not granted')
      }
      return construct(target, [bytes ?? source], made)
    },
  } as ProxyHandler<typeof Module>)
  defineProperty(Module.prototype, 'constructor', { value: Guarded, writable: true, configurable: true })
  defineProperty(WebAssembly, 'Module', { value: Guarded, writable: true, configurable: true })
}

/** A copy: what is compiled is what was looked at. Undefined for what holds no bytes. */
function bytesOf(source: unknown): Uint8Array | undefined {
  if (isNonSharedBuffer(source)) return new Bytes(new Bytes(source))
  if (!isView(source)) return undefined
  const { buffer, offset, length } = isDataView(source) ? ofDataView : ofArray
  return new Bytes(new Bytes(buffer(source) as ArrayBuffer, offset(source) as number, length(source) as number))
}

/** Where a view's bytes are, whatever it says itself. */
function viewGetters(prototype: object): Record<'buffer' | 'offset' | 'length', (view: unknown) => unknown> {
  return {
    buffer: getterOf(prototype, 'buffer'),
    offset: getterOf(prototype, 'byteOffset'),
    length: getterOf(prototype, 'byteLength'),
  }
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
