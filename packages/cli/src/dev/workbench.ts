import type { BuildOutcome } from '@hither/bundle'
import { HitherError } from '@hither/core'
import { withSources, withStack } from '@hither/peer'
import { versionOf, type Version } from './version.ts'

/** Versions whose places are still known: calls that began before a save may fail after it. */
const VERSIONS_KEPT = 8

/** What is being worked on: the newest version that could be built, and what keeps a newer one from it. */
export class Workbench {
  /** Newest first. */
  private versions: Version[] = []
  private failure: HitherError | undefined

  take(outcome: BuildOutcome): void {
    this.failure = 'error' in outcome ? outcome.error : undefined
    if ('error' in outcome) return
    this.versions = [versionOf(outcome.built, outcome.folder), ...this.versions].slice(0, VERSIONS_KEPT)
  }

  get newest(): Version | undefined {
    return this.versions[0]
  }

  /** Throws `handler-invalid` where nothing could be built yet. */
  current(): Version {
    const [newest] = this.versions
    if (newest !== undefined) return newest
    const { message = 'it is not built yet', why, fix } = this.failure ?? {}
    throw new HitherError('handler-invalid', message, {
      ...(why !== undefined && { why }),
      ...(fix !== undefined && { fix }),
      cause: this.failure,
    })
  }

  /** A text with places in the source in place of those in bundles. */
  readable(text: string): string {
    return withSources(text, (cid, line, column) =>
      this.versions.find((version) => version.cid.toString() === cid)?.sourceOf(line, column),
    )
  }

  /** An error whose stack, if it has one, is a part of its words. */
  explained(error: HitherError): HitherError {
    const stack = error.data?.['stack']
    return typeof stack !== 'string' || stack === '' ? error : withStack(error, this.readable(stack))
  }
}
