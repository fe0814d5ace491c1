import {
  HitherError,
  queuePlaces,
  toHitherError,
  ungranted,
  within,
  type CID,
  type Links,
  type Manifest,
  type PeerId,
  type Profile,
  type Runner,
  type RunnerLoad,
} from '@hither/core'
import type { FaultLog } from '../fault-log.ts'
import { textOf, type Functions } from '../functions.ts'
import { MANIFEST_QUERY_MS } from '../limits/functions.ts'
import { NAME_QUERY_ROUND_TRIPS } from '../limits/names.ts'
import { roundTripMs } from '../network.ts'

export interface PrepareComponents {
  functions: Functions
  links: Links
  runner: Runner
  faults: FaultLog
}

/** For whom, and until when. */
interface Wanted {
  from: PeerId
  signal: AbortSignal
  remainingMs: number
}

/** A function whose parts are here. */
export interface Prepared {
  manifest: Manifest
  /** The bundle's text; asked for only where the function turns out not to be warm. */
  code: () => string | Promise<string>
}

/**
 * Finds manifest and bundle, in the store or at whoever asks. Throws refusals only, for nothing has run: `unknown-function`,
 * `unsupported`, `bad-manifest`, `runner-fault`; or the signal's reason.
 */
export function prepare(
  on: PrepareComponents,
  cid: CID,
  profile: Profile,
  wanted: Wanted,
): Prepared | Promise<Prepared> {
  const here = on.functions.local(cid)
  // Of most calls nothing has to be waited for.
  if (here === undefined || here instanceof Promise) return find(on, { cid, here, profile }, wanted)
  return makeReady(on, { cid, manifest: here, profile }, wanted)
}

/** In which jail a function would run. */
interface Unready {
  cid: CID
  profile: Profile
}

async function find(
  on: PrepareComponents,
  { here, ...unready }: Unready & { here: ReturnType<Functions['local']> },
  wanted: Wanted,
): Promise<Prepared> {
  const manifest = (await orRefusal(on, here)) ?? (await orRefusal(on, findManifest(on, unready.cid, wanted)))
  return makeReady(on, { ...unready, manifest }, wanted)
}

function makeReady(
  on: PrepareComponents,
  { cid, manifest, profile }: Unready & { manifest: Manifest },
  wanted: Wanted,
): Prepared | Promise<Prepared> {
  checkGrants(on, profile, manifest)
  // Read before the runner starts its clock, where it is likely to be needed: not by one that is full, and will most likely refuse.
  const bytes = on.runner.isWarm(cid) || isFull(on.runner.load()) ? undefined : read(on, manifest, wanted)
  if (bytes instanceof Promise) return orRefusal(on, bytes).then((known) => ({ manifest, code: () => textOf(known) }))
  return { manifest, code: () => textSoon(bytes ?? read(on, manifest, wanted)) }
}

function textSoon(bytes: Uint8Array | Promise<Uint8Array>): string | Promise<string> {
  return bytes instanceof Promise ? bytes.then(textOf) : textOf(bytes)
}

async function orRefusal<T>(on: PrepareComponents, made: T | Promise<T>): Promise<T> {
  try {
    return await made
  } catch (thrown) {
    throw refusalOf(on, thrown)
  }
}

function checkGrants({ runner }: PrepareComponents, profile: Profile, { needs }: Manifest): void {
  const refusal = ungranted(runner.jail(), profile, needs)
  if (refusal !== undefined) throw refusal
}

function read({ functions }: PrepareComponents, manifest: Manifest, wanted: Wanted): Uint8Array | Promise<Uint8Array> {
  const { from, signal, remainingMs } = wanted
  return functions.bundle(manifest, { from, signal, withinMs: remainingMs })
}

function isFull({ slots, busy, queued }: RunnerLoad): boolean {
  return busy + queued >= slots + queuePlaces(slots)
}

/** A caller waits for this answer to try another runner: it comes soon, found or not. */
async function findManifest(on: PrepareComponents, cid: CID, { from, signal, remainingMs }: Wanted): Promise<Manifest> {
  const soonMs = MANIFEST_QUERY_MS + NAME_QUERY_ROUND_TRIPS * roundTripMs(on.links, from)
  const limitMs = Math.min(soonMs, remainingMs)
  using ends = within(limitMs, signal)
  try {
    return await on.functions.manifest(cid, { from, signal: ends.signal })
  } catch (thrown) {
    if (signal.aborted || toHitherError(thrown).code !== 'timeout') throw thrown
    throw new HitherError('unknown-function', `nobody gave the function ${cid.toString()} in time`, { cause: thrown })
  }
}

/** What this machine gets wrong is no verdict on the call, and its paths are nobody's business. */
function refusalOf({ faults }: PrepareComponents, thrown: unknown): HitherError {
  const error = toHitherError(thrown)
  if (!['internal', 'store-full', 'bad-config', 'bad-block'].includes(error.code)) return error
  faults(error, 'a function could not be made ready')
  return new HitherError('runner-fault', 'this runner cannot make the function ready just now', { cause: error })
}
