import {
  decodeCid,
  linksOf,
  parseCid,
  type Blocks,
  type CID,
  type NameRecord,
  type Names,
  type PublisherId,
} from '@hither/core'
import type { Logger } from 'pino'
import type { Functions } from './functions.ts'
import { PINNED_VERSIONS } from './limits/names.ts'

export interface PinsComponents {
  names: Names
  blocks: Blocks
  functions: Functions
  /** What was pinned when this peer began, as texts, until that was looked through: a deploy that was killed may have left some of it. */
  pinsFound: string[]
  log: Logger
}

/**
 * Pins what one's own name points at now, and lets go of what no own name needs any more: all of a removed name, and versions
 * that others have followed. They stay as long as nobody needs the room. Never fails: the name has moved already.
 */
export async function settlePins(on: PinsComponents, record: NameRecord): Promise<void> {
  const { publisher, name, cid } = record
  try {
    // Again, for it may have been let go of just before the name was moved, when it did not count as needed yet.
    if (cid !== null) await on.functions.keep(cid, { pin: true })
    const versions = versionsOf(on.names, publisher, name)
    const past = cid === null ? versions : versions.slice(PINNED_VERSIONS, PINNED_VERSIONS + 1)
    if (past.length > 0) await letGo(on, publisher, (await Promise.all(past.map((one) => blocksOf(on, one)))).flat())
  } catch (error) {
    on.log.warn({ name, err: error }, 'blocks that are no longer needed could not be unpinned')
  }
}

/**
 * Runs what pins blocks and then names them, once what others left is let go of. Where it fails, or is called off, they are let go of again, as far as no name needs them: what is
 * pinned and has no name would fill the store for ever.
 */
export async function namedOrLetGo<T>(
  on: PinsComponents,
  publisher: PublisherId,
  pinned: () => CID[] | Promise<CID[]>,
  run: () => Promise<T>,
): Promise<T> {
  await letGoOfFound(on, publisher)
  try {
    return await run()
  } catch (error) {
    try {
      await letGo(on, publisher, await pinned())
    } catch (second) {
      on.log.warn({ err: second }, 'blocks that were not named after all could not be unpinned')
    }
    throw error
  }
}

/** A process that was killed between the two left blocks pinned that no name needs, and took room for ever. */
async function letGoOfFound(on: PinsComponents, publisher: PublisherId): Promise<void> {
  const found = new Set(on.pinsFound.splice(0))
  if (found.size === 0) return
  try {
    // Of a name whose record is gone nobody can say what it points at, nor of a function whose manifest is gone what else it needs.
    if (on.names.missesNewest(publisher) || (await lacksManifest(on, publisher, found))) return
    const needed = await neededBlocks(on, publisher)
    const left = [...found].filter((cid) => !needed.has(cid))
    if (left.length > 0) await letGo(on, publisher, left.map(parseCid))
  } catch (error) {
    on.log.warn({ err: error }, 'blocks that an earlier deploy left could not be unpinned')
  }
}

async function letGo(on: PinsComponents, publisher: PublisherId, pinned: CID[]): Promise<void> {
  const { blocks, names } = on
  const needed = await neededBlocks(on, publisher)
  const unpinned = pinned.filter((cid) => !needed.has(cid.toString()))
  for (const cid of unpinned) await blocks.unpin(cid)
  // What was named meanwhile, here or by another process, is pinned again.
  await names.refresh()
  const neededNow = await neededBlocks(on, publisher)
  for (const cid of unpinned.filter((one) => neededNow.has(one.toString()))) {
    const bytes = await blocks.get(cid)
    if (bytes !== undefined) await blocks.put(cid, bytes, { pin: true })
  }
}

/** Functions may share blocks: whatever one of those needs that a name here points at, or did lately, stays. */
async function neededBlocks(on: PinsComponents, publisher: PublisherId): Promise<Set<string>> {
  const needed = new Set<string>()
  for (const version of neededVersions(on, publisher)) {
    for (const block of await blocksOf(on, version)) needed.add(block.toString())
  }
  return needed
}

/** Of a version that was deployed on another machine nothing was ever pinned here. */
async function lacksManifest(on: PinsComponents, publisher: PublisherId, found: Set<string>): Promise<boolean> {
  for (const version of neededVersions(on, publisher)) {
    if (found.has(version.toString()) && (await on.functions.local(version)) === undefined) return true
  }
  return false
}

function neededVersions({ names }: PinsComponents, publisher: PublisherId): CID[] {
  return names
    .list(publisher)
    .flatMap(({ name, cid }) => (cid === null ? [] : versionsOf(names, publisher, name).slice(0, PINNED_VERSIONS)))
}

/** Each function once that a name has pointed at, the newest first. */
function versionsOf(names: Names, publisher: PublisherId, name: string): CID[] {
  const versions = new Map<string, CID>()
  for (const { cid } of names.history(publisher, name)) if (cid !== null) versions.set(cid.toString(), cid)
  return [...versions.values()]
}

/** Of a function whose manifest is not here nothing more is known. */
export async function blocksOf({ functions }: Pick<PinsComponents, 'functions'>, cid: CID): Promise<CID[]> {
  const manifest = await functions.local(cid)
  return manifest === undefined ? [cid] : [cid, ...linksOf(manifest).map(({ bytes }) => decodeCid(bytes))]
}
