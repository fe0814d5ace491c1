import type { Need } from '@hither/core'
import type { Metafile, Plugin } from 'esbuild'
import { basename, dirname } from 'node:path'

/** Marks the file as it lies on disk: in a build's own records, its path alone stands for the module made of it. */
const BYTES = '?bytes'

/**
 * What is imported from `a.wasm`, or from `a.wasm?module`, is a `WebAssembly.Module`, as on Workers. esbuild brings the
 * bytes and what decodes them: V8's own way where there is one, else a table, which takes 5 ms for 1.5 MB.
 */
export const wasmModules: Plugin = {
  name: 'wasm-modules',
  setup(building) {
    building.onLoad({ filter: /\.wasm$/, namespace: 'file' }, ({ path, suffix, with: attributes }) => {
      // An import may itself say what it wants instead: with { type: 'bytes' }.
      if (attributes['type'] !== undefined || !['', '?module'].includes(suffix)) return undefined
      const file = `./${basename(path)}`
      return { contents: suffix === '' ? moduleOf(file + BYTES) : reexport(file), resolveDir: dirname(path) }
    })
  },
}

/** What a bundle asks of the jail by what is in it. */
export function needsOf({ inputs }: Metafile['outputs'][string]): Need[] {
  const modules = Object.entries(inputs).filter(
    ([path, { bytesInOutput }]) => path.endsWith(`.wasm${BYTES}`) && bytesInOutput > 0,
  )
  return modules.length > 0 ? ['wasm'] : []
}

/** Compiled while the bundle loads, if anything uses it at all. */
function moduleOf(bytes: string): string {
  return `import bytes from ${JSON.stringify(bytes)} with { type: 'bytes' }
export default /* @__PURE__ */ new WebAssembly.Module(bytes)`
}

/** A file may be imported in both ways, and is in the bundle once. */
function reexport(file: string): string {
  return `export { default } from ${JSON.stringify(file)}`
}
