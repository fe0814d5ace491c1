import type { Block, CID } from '../cid.ts'
import type { Manifest } from '../manifest.ts'
import type { Options } from './options.ts'

export type BuildProgress = { type: 'build:bundled'; bytes: number; ms: number }

/** A function, built but nowhere stored. */
export interface Built {
  /** The manifest's CID: the function's identity. */
  cid: CID
  manifest: Manifest
  /** Manifest, bundle and source map. */
  blocks: Block[]
  /** The name that the handler's own configuration asks for, else the one given, else one made from its file name. */
  name: string
  /** What esbuild warns of, one printable text each. */
  warnings: string[]
}

export interface BuildOptions extends Options<BuildProgress> {
  /** Its name where that is decided already, so that none need be made from its file's. */
  name?: string
}

export interface Bundler {
  /** Builds the handler at a path. The same source and lock file give the same CID on any machine. Throws `build-failed`. */
  build(entry: string, options?: BuildOptions): Promise<Built>
  stop(): Promise<void>
}
