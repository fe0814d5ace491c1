import { checkName, HitherError, isPublisherId, publicKeyOf, type PublisherId } from '@hither/core'
import { changeJson, readJson } from './json.ts'

/** Petnames: what this machine's user calls other publishers. Kept in a file, read at start. */
export interface Aliases {
  readonly byName: ReadonlyMap<string, PublisherId>
  /** Throws `bad-name`. An alias that exists moves to the new key. */
  add(name: string, key: string): Promise<void>
  /** Throws `unknown-name`. */
  remove(name: string): Promise<void>
}

type Entries = Record<string, PublisherId>

export async function loadAliases(path: string): Promise<Aliases> {
  const byName = new Map(Object.entries(readEntries(path, await readJson(path))))
  const become = (entries: Entries): void => {
    byName.clear()
    for (const [name, key] of Object.entries(entries)) byName.set(name, key)
  }
  return {
    byName,
    async add(name, key) {
      if (isPublisherId(name)) throw new HitherError('bad-name', 'an alias cannot itself be a key')
      checkName(name)
      publicKeyOf(key)
      await changeJson(path, (before) => {
        const after = { ...readEntries(path, before), [name]: key }
        return { after, written: () => become(after) }
      })
    },
    async remove(name) {
      const was = await changeJson(path, (before) => {
        const { [name]: key, ...after } = readEntries(path, before)
        const written = (): PublisherId | undefined => {
          become(after)
          return key
        }
        return { after, written }
      })
      if (was === undefined) throw new HitherError('unknown-name', `there is no alias "${name}"`)
    },
  }
}

function readEntries(path: string, value: unknown = {}): Entries {
  const fix = 'mend the file, or move it away and add the aliases again'
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HitherError('bad-config', `${path} is not a map of aliases`, { fix })
  }
  for (const [name, key] of Object.entries(value)) {
    if (typeof key === 'string' && isPublisherId(key)) continue
    throw new HitherError('bad-config', `${path} gives "${name}" something that is no key`, { fix })
  }
  return { ...value }
}
