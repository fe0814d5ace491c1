/**
 * The words of hither: what peers, packages and users say to each other. No I/O; everything else builds on it.
 *
 * @packageDocumentation
 */
export * from './call.ts'
export * from './cid.ts'
export * from './codec.ts'
export * from './errors.ts'
export * from './frames.ts'
export type * from './http.ts'
export * from './keys.ts'
export * from './limits.ts'
export * from './manifest.ts'
export * from './name.ts'
export * from './progress.ts'
export * from './receipt.ts'
export * from './repeat.ts'
export * from './request.ts'
export * from './shape.ts'
export * from './target.ts'
export type * from './interfaces/blocks.ts'
export type * from './interfaces/bundler.ts'
export type * from './interfaces/links.ts'
export type * from './interfaces/names.ts'
export type * from './interfaces/options.ts'
export type * from './interfaces/placement.ts'
export type * from './interfaces/runner.ts'
