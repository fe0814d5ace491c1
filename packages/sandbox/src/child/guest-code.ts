import type ivm from 'isolated-vm'
import { CODE_CACHE_MAX_BYTES, CODE_CACHE_MIN_CHARS } from '../guest/wall/limits.ts'
import { compileEntry, moduleProgram } from './guest-module.ts'
import { invalid } from './guest-errors.ts'
import type { Program } from './guest-program.ts'
import { scriptOf, scriptProgram, type Script } from './guest-script.ts'

/**
 * What V8 made of bundles, for those that are loaded again in this process. V8 takes it for its own, so it must come from
 * nowhere else: it stays in the memory of the process that compiled it, which serves one publisher, has one set of flags,
 * and one snapshot. Were it handed to the parent to be kept, code that broke out of its isolate could leave something
 * behind for all later processes; so none of it is.
 */
const remembered = new Map<string, Remembered>()
let held = 0

interface Remembered {
  script: Script
  data: ivm.ExternalCopy<ArrayBuffer>
  bytes: number
}

/** isolated-vm's declarations leave out what it says of a script. */
type KnownScript = ivm.Script & { cachedData?: ivm.ExternalCopy<ArrayBuffer>; cachedDataRejected?: boolean }

export interface Place {
  isolate: ivm.Isolate
  context: ivm.Context
  /** Of a module, where that was made ahead. */
  entry?: ivm.Module | undefined
}

export interface Compiled {
  program: Program
  /** What is remembered was of use. */
  cached: boolean
  /** Remembers what V8 has compiled by now, where that is to be. For when the bundle has had its first call. Is it remembered? */
  keep?: () => boolean
}

export interface Bundle {
  /** The same for the same text. */
  bundle: string
  /** Undefined where it is remembered. */
  code: string | undefined
}

export function remembers(bundle: string): boolean {
  return remembered.has(bundle)
}

/** Compiles a bundle, with what is remembered of it. Throws what V8 says of the bundle, and `handler-invalid`. */
export function compileBundle(place: Place, { bundle, code }: Bundle, filename: string): Compiled {
  const known = remembered.get(bundle)
  const script = known?.script ?? (code === undefined ? undefined : worthIt(code))
  const compiled = script && compileScript(place, { bundle, script, filename }, known)
  return compiled ?? compileModule(place, code ?? '', filename)
}

/** Compiling what is short takes less than keeping it. */
function worthIt(code: string): Script | undefined {
  return code.length >= CODE_CACHE_MIN_CHARS ? scriptOf(code) : undefined
}

function compileModule(
  { isolate, context, entry = compileEntry(isolate) }: Place,
  code: string,
  filename: string,
): Compiled {
  const module = isolate.compileModuleSync(code, { filename })
  const [specifier] = module.dependencySpecifiers
  if (specifier !== undefined) throw invalid(`it imports "${specifier}", and a bundle must contain all that it needs`)
  return { program: moduleProgram(entry, context, module), cached: false }
}

interface Source {
  bundle: string
  script: Script
  filename: string
}

/** Undefined where it is no script, and maybe no module either: as one it says what is wrong with it. */
function compileScript(
  { isolate, context }: Place,
  source: Source,
  known: Remembered | undefined,
): Compiled | undefined {
  const { text, lineOffset } = source.script
  const origin = { filename: source.filename, lineOffset, ...(known !== undefined && { cachedData: known.data }) }
  let script: KnownScript
  try {
    script = isolate.compileScriptSync(text, origin)
  } catch (error) {
    // What is remembered was a script, and there is no other code.
    if (known !== undefined) throw error
    return undefined
  }
  return {
    program: scriptProgram(context, script),
    cached: script.cachedDataRejected === false,
    keep: () => remember(isolate, source),
  }
}

/**
 * V8 compiles functions when they are first called, and when it is asked for a script again it has at hand what it has compiled of it.
 * False where it is not remembered.
 */
function remember(isolate: ivm.Isolate, { bundle, script, filename }: Source): boolean {
  const { text, lineOffset } = script
  if (remembered.has(bundle)) return true
  const origin = { filename, lineOffset, produceCachedData: true } as const
  try {
    if (isolate.isDisposed || !hasRoom(isolate, text)) return false
    const { cachedData }: KnownScript = isolate.compileScriptSync(text, origin)
    if (cachedData !== undefined) keep(bundle, script, cachedData)
  } catch {
    // A rejection that was forgotten comes out of these, too, or they take the isolate over its limit: its next call is told.
  }
  return remembered.has(bundle)
}

/** The text once more, and what is made of it where V8 has forgotten it, in bytes for each of its characters. */
const ROOM_PER_CHAR = 16

/** It must not be this that takes the isolate over its limit of memory. */
function hasRoom(isolate: ivm.Isolate, text: string): boolean {
  const { used_heap_size: used, heap_size_limit: limit } = isolate.getHeapStatisticsSync()
  return limit - used > ROOM_PER_CHAR * text.length
}

function keep(bundle: string, script: Script, data: ivm.ExternalCopy<ArrayBuffer>): void {
  const bytes = script.text.length + data.copy().byteLength
  if (bytes > CODE_CACHE_MAX_BYTES) return
  remembered.set(bundle, { script, data, bytes })
  held += bytes
  for (const [oldest, old] of remembered) {
    if (held <= CODE_CACHE_MAX_BYTES) return
    remembered.delete(oldest)
    held -= old.bytes
  }
}
