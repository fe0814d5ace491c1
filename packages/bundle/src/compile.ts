import { BLOCK_MAX_BYTES, type Flag, type Need } from '@hither/core'
import { context, type BuildFailure, type BuildResult, type Metafile } from 'esbuild'
import { dirname, resolve } from 'node:path'
import { checkOutput } from './check-output.ts'
import { optionsFor, type Options } from './esbuild-options.ts'
import { buildFailed } from './failure.ts'
import { usesAsyncHooks, withoutAwait } from './nodejs-compat.ts'
import { portableMap } from './portable-path.ts'
import { problemOf, say } from './problem.ts'
import { refuseAborted } from './signal.ts'
import type { Source } from './source.ts'
import { needsOf } from './wasm-modules.ts'

interface ToCompile extends Pick<Source, 'entry' | 'root'> {
  flags: readonly Flag[]
}

export interface Compiled {
  code: Uint8Array
  /** Absent where it is too large to keep. */
  map?: Uint8Array
  exports: string[]
  /** What the code asks of the jail, whether its author says so or not. */
  needs: Need[]
  warnings: string[]
  /** The handler's own files that it is made of, absolute. */
  inputs: string[]
}

/** Makes one module of a handler. Throws `build-failed`, saying where and by which imports; `cancelled`, `timeout`. */
export async function compile(source: ToCompile, signal?: AbortSignal): Promise<Compiled> {
  const options = await optionsFor(source)
  let result = await build(options, signal)
  if (usesAsyncHooks(result.metafile)) result = await build(withoutAwait(options), signal)
  const { outputFiles, metafile, warnings } = result
  const output = checkOutput(metafile)
  const map = portableMap(contentsOf(outputFiles, '.js.map'))
  const said = warnings.map((message) => say(problemOf(message)))
  const fits = map.length <= BLOCK_MAX_BYTES
  if (!fits) said.push(`the source map has ${map.length} bytes and is left out; the limit is ${BLOCK_MAX_BYTES}`)
  return {
    code: contentsOf(outputFiles, '.js'),
    ...(fits && { map }),
    exports: output.exports.sort(),
    needs: needsOf(output),
    warnings: said,
    inputs: ownInputs(metafile, dirname(source.entry)),
  }
}

/** Installed packages are left out, and what esbuild makes up itself, which has no path. */
function ownInputs({ inputs }: Metafile, folder: string): string[] {
  return Object.keys(inputs)
    .filter((path) => !path.includes('node_modules/') && !/^[(<]|^[\w-]{2,}:/.test(path))
    .map((path) => resolve(folder, path))
}

async function build(options: Options, signal: AbortSignal | undefined): Promise<BuildResult<Options>> {
  const building = await context(options)
  const cancel = (): void => void building.cancel()
  signal?.addEventListener('abort', cancel)
  try {
    refuseAborted(signal)
    return await building.rebuild()
  } catch (thrown) {
    refuseAborted(signal)
    throw isBuildFailure(thrown) ? await buildFailed(thrown.errors, options) : thrown
  } finally {
    signal?.removeEventListener('abort', cancel)
    await building.dispose()
  }
}

function isBuildFailure(thrown: unknown): thrown is BuildFailure {
  return thrown instanceof Error && 'errors' in thrown && Array.isArray(thrown.errors)
}

function contentsOf(files: readonly { path: string; contents: Uint8Array }[], ending: string): Uint8Array {
  return files.find(({ path }) => path.endsWith(ending))?.contents ?? new Uint8Array(0)
}
