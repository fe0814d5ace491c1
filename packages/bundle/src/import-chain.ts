import type { Metafile } from 'esbuild'
import { portablePath } from './portable-path.ts'

/** The shortest way by which a build's entry imports each file: both ends included, in portable paths. */
export class ImportChains {
  private readonly importers = new Map<string, string | undefined>()

  constructor({ inputs, outputs }: Metafile) {
    const entry = Object.values(outputs).find(({ entryPoint }) => entryPoint !== undefined)?.entryPoint
    const queue = entry === undefined ? [] : [entry]
    if (entry !== undefined) this.importers.set(entry, undefined)
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      for (const { path, external } of inputs[file]?.imports ?? []) {
        if (external === true || this.importers.has(path)) continue
        this.importers.set(path, file)
        queue.push(path)
      }
    }
  }

  /** Just the file itself where it is not known how it is imported. */
  to(file: string): string[] {
    const chain: string[] = []
    for (let at: string | undefined = file; at !== undefined; at = this.importers.get(at))
      chain.unshift(portablePath(at))
    return chain
  }
}
