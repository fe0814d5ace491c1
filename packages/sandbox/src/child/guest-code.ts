import type ivm from 'isolated-vm'
import { CODE_CACHE_MAX_BYTES, CODE_CACHE_MIN_CHARS } from '../guest/wall/limits.ts'

/**
 * What V8 made of bundles, for those that are loaded again in this process. V8 takes it for its own, so it must come from
 * nowhere else: it stays in the memory of the process that compiled it, which serves one publisher, has one set of flags,
 * and one snapshot. Were it handed to the parent to be kept, code that broke out of its isolate could leave something
 * behind for all later processes; so none of it is.
 */
const caches = new Map<string, { data: ivm.ExternalCopy<ArrayBuffer>; bytes: number }>()
let held = 0

/** isolated-vm's declarations leave out what it says of modules. */
type Compiled = ivm.Module & { cachedData?: ivm.ExternalCopy<ArrayBuffer>; cachedDataRejected?: boolean }

/** Compiles a bundle, with what is remembered of it. Says whether that was of use. */
export function compileBundle(
  isolate: ivm.Isolate,
  code: string,
  filename: string,
): { module: ivm.Module; cached: boolean } {
  const known = caches.get(code)
  if (known !== undefined) {
    const module: Compiled = isolate.compileModuleSync(code, { filename, cachedData: known.data })
    return { module, cached: module.cachedDataRejected === false }
  }
  // Compiling what is short takes less than keeping it.
  const keeps = code.length >= CODE_CACHE_MIN_CHARS
  const module: Compiled = isolate.compileModuleSync(code, keeps ? { filename, produceCachedData: true } : { filename })
  if (keeps && module.cachedData !== undefined) keep(code, module.cachedData)
  return { module, cached: false }
}

function keep(code: string, data: ivm.ExternalCopy<ArrayBuffer>): void {
  const bytes = code.length + data.copy().byteLength
  if (bytes > CODE_CACHE_MAX_BYTES) return
  caches.set(code, { data, bytes })
  held += bytes
  for (const [oldest, old] of caches) {
    if (held <= CODE_CACHE_MAX_BYTES) return
    caches.delete(oldest)
    held -= old.bytes
  }
}
