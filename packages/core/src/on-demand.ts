import { HitherError } from './errors.ts'

/**
 * A part of hither that is loaded when it is first asked for, once; where that failed, again the next time. Throws `internal` where it is
 * not there any more, as after another version was installed over one that runs.
 */
export function onDemand<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined
  return () =>
    (loading ??= load().catch((cause: unknown) => {
      loading = undefined
      throw new HitherError('internal', 'a part of this peer could not be loaded', {
        why: String(cause),
        fix: 'start it again: another version may have been installed since it runs',
        cause,
      })
    }))
}
