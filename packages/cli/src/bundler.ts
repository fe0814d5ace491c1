import { onDemand, type Bundler } from '@hither/core'

/** A bundler that is loaded for the first build: a peer that only runs functions never needs it. */
export function bundlerOnDemand(): Bundler {
  const load = onDemand(async () => (await import('@hither/bundle')).bundler())
  let asked = false
  return {
    async build(entry, options) {
      asked = true
      return (await load()).build(entry, options)
    },
    async stop() {
      // One that could not be loaded said so to who asked for it, and has nothing that could be stopped.
      if (asked)
        await load().then(
          (loaded) => loaded.stop(),
          () => undefined,
        )
    },
  }
}
