import { HitherError } from '@hither/core'
import { watch, type FSWatcher } from 'node:fs'
import { join } from 'node:path'

/** Tells of changes in folders. Folders, not files: editors put a new file in the old one's place. */
export interface FolderWatch {
  /** True where one of them was not watched before. */
  add(folders: Iterable<string>): boolean
  close(): void
}

/** `onBlind` learns of a folder that the system does not let be watched. */
export function folderWatch(onChange: () => void, onBlind: (error: HitherError) => void): FolderWatch {
  const watchers = new Map<string, FSWatcher>()

  const forget = (folder: string): void => {
    watchers.get(folder)?.close()
    watchers.delete(folder)
  }
  const open = (folder: string): boolean => {
    try {
      const watcher = watch(folder, (_, name) => {
        if (name !== null && isNoise(name)) return
        // A folder that comes back is another one.
        if (name !== null) forget(join(folder, name))
        onChange()
      })
      watcher.on('error', () => forget(folder))
      watchers.set(folder, watcher)
      return true
    } catch (cause) {
      if (codeOf(cause) !== 'ENOENT') onBlind(blind(folder, cause))
      return false
    }
  }
  return {
    add(folders) {
      const fresh = [...new Set(folders)].filter((folder) => !watchers.has(folder))
      return fresh.map(open).includes(true)
    },
    close() {
      for (const folder of watchers.keys()) forget(folder)
    },
  }
}

function blind(folder: string, cause: unknown): HitherError {
  return new HitherError('bad-config', `changes in ${folder} cannot be seen`, {
    why: cause instanceof Error ? cause.message : String(cause),
    fix: 'on Linux, let more be watched: sysctl fs.inotify.max_user_watches',
    cause,
  })
}

/** What editors and tools leave lying about, and packages, which nobody edits. */
function isNoise(name: string): boolean {
  return name === 'node_modules' || name.startsWith('.') || name.endsWith('~')
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
