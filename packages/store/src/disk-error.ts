import { HitherError, toHitherError } from '@hither/core'

/** What Node calls an error of the file system, if it is one. */
export function errnoOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined
}

export function isMissing(thrown: unknown): boolean {
  return errnoOf(thrown) === 'ENOENT'
}

/** What a failed access to a path means to a user. */
export function diskError(thrown: unknown, path: string): HitherError {
  switch (errnoOf(thrown)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new HitherError('store-full', `the disk has no room for ${path}`, {
        why: 'the file system is full, or a quota is reached; nothing that was stored before is lost',
        fix: 'free some space there, or move the store to a larger disk, and try again',
        cause: thrown,
      })
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOENT':
    case 'EEXIST':
    case 'ENOTDIR':
    case 'EISDIR':
      return new HitherError('bad-config', `hither cannot use ${path}`, {
        why: thrown instanceof Error ? thrown.message : String(thrown),
        fix: 'let it be in a folder that this user may read and write, or choose another one with --home or HITHER_HOME',
        cause: thrown,
      })
    default:
      return toHitherError(thrown)
  }
}
