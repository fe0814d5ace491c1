import type { Bundler } from '@hither/core'

/** A bundler that is loaded for the first build: a peer that only runs functions never needs it. */
export function bundlerOnDemand(): Bundler {
  let loading: Promise<Bundler> | undefined
  return {
    async build(entry, options) {
      loading ??= import('@hither/bundle').then(({ bundler }) => bundler())
      return (await loading).build(entry, options)
    },
    stop: async () => (await loading)?.stop(),
  }
}
