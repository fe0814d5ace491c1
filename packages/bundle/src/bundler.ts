import {
  blockOf,
  manifestBlock,
  NEEDS,
  type BuildProgress,
  type Built,
  type Bundler,
  type Clock,
  type Manifest,
  type Options,
} from '@hither/core'
import { stop } from 'esbuild'
import { compile } from './compile.ts'
import { findSource } from './source.ts'
import { refuseAborted } from './signal.ts'

export interface BundlerInit {
  /** For the time that a build took. @default performance.now */
  now?: Clock
}

/**
 * Builds with esbuild, whose process starts with the first build and stays warm until `stop()`. It is one for the whole
 * process: stopping one bundler interrupts what others build just then.
 */
export function bundler(init: BundlerInit = {}): Bundler {
  return new EsbuildBundler(init)
}

class EsbuildBundler implements Bundler {
  private readonly now: Clock
  private readonly running = new Set<Promise<Built>>()

  constructor({ now = () => performance.now() }: BundlerInit) {
    this.now = now
  }

  async build(entry: string, options: Options<BuildProgress> = {}): Promise<Built> {
    const building = this.run(entry, options)
    this.running.add(building)
    try {
      return await building
    } finally {
      this.running.delete(building)
    }
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.running)
    await stop()
  }

  private async run(entry: string, { signal, onProgress }: Options<BuildProgress>): Promise<Built> {
    refuseAborted(signal)
    const started = this.now()
    const { name, config, ...source } = await findSource(entry)
    const { code, map, exports, needs, warnings } = await compile(source, signal)

    const bundle = await blockOf(code, 'raw')
    const sourceMap = map && (await blockOf(map, 'raw'))
    const manifest: Manifest = {
      ...config,
      bundle: bundle.cid,
      ...(sourceMap && { map: sourceMap.cid }),
      exports,
      needs: NEEDS.filter((need) => config.needs.includes(need) || needs.includes(need)),
      visibility: 'public',
    }
    const block = await manifestBlock(manifest)
    refuseAborted(signal)
    onProgress?.({ type: 'build:bundled', bytes: code.length, ms: this.now() - started })
    return { cid: block.cid, manifest, blocks: [block, bundle, ...(sourceMap ? [sourceMap] : [])], name, warnings }
  }
}
