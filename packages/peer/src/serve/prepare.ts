import {
  HitherError,
  queuePlaces,
  toHitherError,
  ungranted,
  type CID,
  type Links,
  type Manifest,
  type PeerId,
  type Profile,
  type Runner,
  type RunnerLoad,
} from '@hither/core'
import type { Logger } from 'pino'
import { textOf, type Functions } from '../functions.ts'
import { MANIFEST_QUERY_MS, NAME_QUERY_ROUND_TRIPS } from '../limits.ts'
import { roundTripMs, within } from '../network.ts'

export interface PrepareComponents {
  functions: Functions
  links: Links
  runner: Runner
  log: Logger
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
  code: () => Promise<string>
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
  if (here === undefined || here instanceof Promise || !on.runner.isWarm(cid)) {
    return makeReady(on, { cid, here, profile }, wanted)
  }
  // Of most calls nothing has to be waited for.
  checkGrants(on, profile, here)
  return { manifest: here, code: async () => textOf(await read(on, here, wanted)) }
}

/** A function, what is here of it, and in which jail it would run. */
interface Unready {
  cid: CID
  here: ReturnType<Functions['local']>
  profile: Profile
}

async function makeReady(on: PrepareComponents, { cid, here, profile }: Unready, wanted: Wanted): Promise<Prepared> {
  try {
    const manifest = (await here) ?? (await findManifest(on, cid, wanted))
    checkGrants(on, profile, manifest)
    // Read before the runner starts its clock, where it is likely to be needed: not by one that is full, and will most likely refuse.
    const bytes = on.runner.isWarm(cid) || isFull(on.runner.load()) ? undefined : await read(on, manifest, wanted)
    return { manifest, code: async () => textOf(bytes ?? (await read(on, manifest, wanted))) }
  } catch (thrown) {
    throw refusalOf(on, thrown)
  }
}

function checkGrants({ runner }: PrepareComponents, profile: Profile, { needs }: Manifest): void {
  const refusal = ungranted(runner.jail(), profile, needs)
  if (refusal !== undefined) throw refusal
}

function read({ functions }: PrepareComponents, manifest: Manifest, wanted: Wanted): Promise<Uint8Array> {
  const { from, signal, remainingMs } = wanted
  return functions.bundle(manifest, { from, signal: within(remainingMs, signal) })
}

function isFull({ slots, busy, queued }: RunnerLoad): boolean {
  return busy + queued >= slots + queuePlaces(slots)
}

/** A caller waits for this answer to try another runner: it comes soon, found or not. */
async function findManifest(on: PrepareComponents, cid: CID, { from, signal, remainingMs }: Wanted): Promise<Manifest> {
  const soonMs = MANIFEST_QUERY_MS + NAME_QUERY_ROUND_TRIPS * roundTripMs(on.links, from)
  const limitMs = Math.min(soonMs, remainingMs)
  try {
    return await on.functions.manifest(cid, { from, signal: within(limitMs, signal) })
  } catch (thrown) {
    if (signal.aborted || toHitherError(thrown).code !== 'timeout') throw thrown
    throw new HitherError('unknown-function', `nobody gave the function ${cid.toString()} in time`, { cause: thrown })
  }
}

/** What this machine gets wrong is no verdict on the call, and its paths are nobody's business. */
function refusalOf({ log }: PrepareComponents, thrown: unknown): HitherError {
  const error = toHitherError(thrown)
  if (!['internal', 'store-full', 'bad-config', 'bad-block'].includes(error.code)) return error
  log.error({ err: error }, 'a function could not be made ready')
  return new HitherError('runner-fault', 'this runner cannot make the function ready just now', { cause: error })
}
