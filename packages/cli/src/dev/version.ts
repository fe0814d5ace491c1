import { relative, resolve } from 'node:path'
import { HitherError, type Built, type CID, type Manifest } from '@hither/core'
import { placesBy } from '@hither/peer'

/** One state of the handler's source, built. */
export interface Version {
  cid: CID
  manifest: Manifest
  name: string
  warnings: string[]
  /** The bundle. */
  text: string
  /** The place in the source that became this one in the bundle; both counted from 1. */
  sourceOf(line: number, column: number): string | undefined
}

/** `folder` is the handler's own. */
export function versionOf({ cid, manifest, name, warnings, blocks }: Built, folder: string): Version {
  const textOf = (wanted: Manifest['bundle'] | undefined): string | undefined => {
    const block = blocks.find((one) => wanted !== undefined && one.cid.equals(wanted))
    return block && new TextDecoder().decode(block.bytes)
  }
  const text = textOf(manifest.bundle)
  if (text === undefined) throw new HitherError('internal', 'a function was built without its bundle')
  const json = textOf(manifest.map)
  const places = json === undefined ? undefined : placesBy(json)
  return {
    cid,
    manifest,
    name,
    warnings,
    text,
    sourceOf(line, column) {
      const place = places?.(line, column)
      return place && `${shown(place.file, folder)}:${place.line}:${place.column}`
    },
  }
}

/** Terminals make links of paths from where the command was started; a package's own path leads nowhere by itself. */
function shown(source: string, folder: string): string {
  return source.startsWith('node_modules/') ? source : relative('', resolve(folder, source))
}
