import {
  blockOf,
  manifestBlock,
  NEEDS,
  type BuildOptions,
  type BuildProgress,
  type Built,
  type Bundler,
  type Clock,
  type Manifest,
  type Options,
} from '@hither/core'
import { stop } from 'esbuild'
import { compile } from './compile.ts'
import { refuseAborted } from './signal.ts'
import { findSource, type Source } from './source.ts'
import { watchHandler, type BuildOutcome, type Made, type Watch } from './watch.ts'

export interface BundlerInit {
  /** For the time that a build took. @default performance.now */
  now?: Clock
}

/** Also builds again by itself. */
export interface WatchingBundler extends Bundler {
  /**
   * Builds the handler at a path, and again whenever one of its own files changes, until it is closed. Resolves after the first
   * outcome. A build that makes the same function is none, unless the one before had failed. Throws `build-failed` and
   * `bad-config` where there is no handler to begin with.
   */
  watch(entry: string, onOutcome: (outcome: BuildOutcome) => void): Promise<Watch>
}

/**
 * Builds with esbuild, whose process starts with the first build and stays warm until `stop()`. It is one for the whole
 * process: stopping one bundler interrupts what others build just then.
 */
export function bundler(init: BundlerInit = {}): WatchingBundler {
  return new EsbuildBundler(init)
}

class EsbuildBundler implements WatchingBundler {
  private readonly now: Clock
  private readonly running = new Set<Promise<unknown>>()
  private readonly watches = new Set<Watch>()

  constructor({ now = () => performance.now() }: BundlerInit) {
    this.now = now
  }

  async build(entry: string, options: BuildOptions = {}): Promise<Built> {
    refuseAborted(options.signal)
    const started = this.now()
    const { built } = await this.make(await findSource(entry, options.name), options, started)
    return built
  }

  async watch(entry: string, onOutcome: (outcome: BuildOutcome) => void): Promise<Watch> {
    const watch = await watchHandler({ find: () => findSource(entry), make: (source) => this.make(source), onOutcome })
    this.watches.add(watch)
    return watch
  }

  async stop(): Promise<void> {
    for (const watch of this.watches) watch.close()
    await Promise.allSettled(this.running)
    await stop()
  }

  /** A build that is begun is waited for when the bundler stops. */
  private async make(
    source: Source,
    options: Options<BuildProgress> = {},
    startedAt: number = this.now(),
  ): Promise<Made> {
    const making = this.run(source, options, startedAt)
    this.running.add(making)
    try {
      return await making
    } finally {
      this.running.delete(making)
    }
  }

  private async run(
    { name, config, ...source }: Source,
    { signal, onProgress }: Options<BuildProgress>,
    startedAt: number,
  ): Promise<Made> {
    const { code, map, exports, needs, warnings, inputs } = await compile(
      { ...source, flags: config.flags ?? [] },
      signal,
    )

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
    const ms = this.now() - startedAt
    onProgress?.({ type: 'build:bundled', bytes: code.length, ms })
    const blocks = [block, bundle, ...(sourceMap ? [sourceMap] : [])]
    return {
      built: { cid: block.cid, manifest, blocks, name, warnings: [...warnings, ...uncalled(manifest)] },
      inputs,
      ms,
    }
  }
}

/** Only the default export can have a `scheduled`; whether it does shows when it runs. */
function uncalled({ crons, exports }: Pick<Manifest, 'crons' | 'exports'>): string[] {
  if (crons === undefined || exports.includes('default')) return []
  return ['"crons" are listed, but the handler has no default export whose `scheduled` they could call']
}
