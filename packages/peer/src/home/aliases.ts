import { checkName, HitherError, isPublisherId, publicKeyOf, type PublisherId } from '@hither/core'
import { readJson, writeJson } from './json.ts'

/** Petnames: what this machine's user calls other publishers. Kept in a file, read at start. */
export interface Aliases {
  readonly byName: ReadonlyMap<string, PublisherId>
  /** Throws `bad-name`. An alias that exists moves to the new key. */
  add(name: string, key: string): Promise<void>
  /** Throws `unknown-name`. */
  remove(name: string): Promise<void>
}

export async function loadAliases(path: string): Promise<Aliases> {
  const byName = new Map(readEntries(path, await readJson(path)))
  const save = (): Promise<void> => writeJson(path, Object.fromEntries(byName))
  return {
    byName,
    async add(name, key) {
      if (isPublisherId(name)) throw new HitherError('bad-name', 'an alias cannot itself be a key')
      publicKeyOf(key)
      byName.set(checkName(name), key)
      await save()
    },
    async remove(name) {
      if (!byName.delete(name)) throw new HitherError('unknown-name', `there is no alias "${name}"`)
      await save()
    },
  }
}

function readEntries(path: string, value: unknown): [string, PublisherId][] {
  const entries = Object.entries(value ?? {})
  const bad = entries.find(([, key]) => typeof key !== 'string' || !isPublisherId(key))
  if (bad !== undefined) {
    throw new HitherError('bad-config', `${path} gives "${bad[0]}" something that is no key`, {
      fix: 'mend the file, or move it away and add the aliases again',
    })
  }
  return entries
}
