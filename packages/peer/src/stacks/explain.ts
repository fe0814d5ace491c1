import { HitherError, parseCid, type Options } from '@hither/core'
import type { Functions } from '../functions.ts'
import { EXPLAINED_FUNCTIONS_MAX } from '../limits/functions.ts'
import { cidsIn, withSources } from './places.ts'
import { placesBy, type Place } from './source-map.ts'

/**
 * A stack with places in the sources in place of those in bundles. A function whose map is nowhere to be had, or none at all, keeps
 * its own. No call waits for this: it is asked where a stack is shown.
 */
export async function explain(functions: Functions, stack: string, options: Options = {}): Promise<string> {
  const found = new Map<string, (line: number, column: number) => Place | undefined>()
  for (const cid of cidsIn(stack).slice(0, EXPLAINED_FUNCTIONS_MAX)) {
    const map = await mapOf(functions, cid, options)
    if (map === undefined) continue
    try {
      found.set(cid, placesBy(map))
    } catch {
      // What its publisher calls a source map is none.
    }
  }
  return withSources(stack, (cid, line, column) => {
    const place = found.get(cid)?.(line, column)
    return place && `${place.file}:${place.line}:${place.column}`
  })
}

/** An error whose stack, now readable, is a part of its words. */
export function withStack(error: HitherError, readable: string): HitherError {
  const { code, message, why, fix, data } = error
  return new HitherError(code, message, {
    why: why === undefined ? readable : `${why}\n${readable}`,
    ...(fix !== undefined && { fix }),
    data: { ...data, stack: readable },
    cause: error,
  })
}

async function mapOf(functions: Functions, text: string, options: Options): Promise<string | undefined> {
  try {
    return await functions.map(await functions.manifest(parseCid(text), options), options)
  } catch {
    // Nobody has it here, or not in time.
    return undefined
  }
}
