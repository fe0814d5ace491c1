/**
 * Makes a function of a handler: one ES module with all that it imports, its source map, and the manifest that states
 * what it is. The same source and lock file give the same CID on any machine.
 *
 * @packageDocumentation
 */
export { bundler, type BundlerInit, type WatchingBundler } from './bundler.ts'
export type { BuildOutcome, Watch } from './watch.ts'
