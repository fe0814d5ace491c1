import { Response } from 'undici/lib/web/fetch/response.js'

/** Compiling what a server answers: `WebAssembly.compileStreaming` and `instantiateStreaming`. The bytes are compiled once all are there. */
export function addWasmStreaming(): void {
  // V8 without a compiler, as in the hardest jail, has none.
  if (!('WebAssembly' in globalThis)) return
  const { compile, instantiate } = WebAssembly
  Object.assign(WebAssembly, {
    async compileStreaming(source: unknown) {
      return compile(await bytesOf(source))
    },
    async instantiateStreaming(source: unknown, imports?: unknown) {
      return instantiate(await bytesOf(source), imports)
    },
  })
}

async function bytesOf(source: unknown): Promise<ArrayBuffer> {
  const response = await source
  if (!(response instanceof Response)) throw new TypeError('WebAssembly: the source is not a Response')
  const type = response.headers.get('content-type') ?? ''
  if (type.trim().toLowerCase() !== 'application/wasm') {
    throw new TypeError(`WebAssembly: the response's type is "${type}", not "application/wasm"`)
  }
  if (!response.ok) throw new TypeError(`WebAssembly: the response has the status ${response.status}`)
  return response.arrayBuffer()
}
