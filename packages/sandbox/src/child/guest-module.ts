import type ivm from 'isolated-vm'
import type { Program } from './guest-program.ts'

/**
 * Reads only once the bundle has been evaluated, its top-level awaits included: until then `loaded` has no value. So the
 * end of loading can be seen from outside without a function in the bundle's reach.
 */
const ENTRY = `export * as bundle from 'bundle'; export const loaded = true`

/** The same for every bundle. */
export function compileEntry(isolate: ivm.Isolate): ivm.Module {
  return isolate.compileModuleSync(ENTRY, { filename: 'hither:entry' })
}

export function moduleProgram(entry: ivm.Module, context: ivm.Context, bundle: ivm.Module): Program {
  entry.instantiateSync(context, () => bundle)
  return {
    get entry() {
      return entry.namespace
    },
    run: (timeout) => void entry.evaluateSync({ timeout }),
  }
}
