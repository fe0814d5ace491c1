import { HitherError } from '@hither/core'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** A handler's configuration as it was found, not yet checked. */
export interface ConfigFile {
  /** What to call it in messages. */
  where: string
  dir: string
  value: unknown
}

/** The project around a folder. */
export interface Project {
  /** The nearest folder with a package.json, this one or above; the folder itself where there is none. */
  root: string
  /** The nearest `fn.json` up to the root, else the `hither` key of the root's package.json. */
  file?: ConfigFile
}

/** Throws `bad-config` for files that are no JSON. */
export async function findProject(folder: string): Promise<Project> {
  let file: ConfigFile | undefined
  for (let dir = folder; ; dir = dirname(dir)) {
    const own = await readJson(join(dir, 'fn.json'))
    if (own !== undefined) file ??= { where: join(dir, 'fn.json'), dir, value: own }
    const project = await readJson(join(dir, 'package.json'))
    if (project !== undefined) {
      const value = hitherKey(project)
      if (value !== undefined) file ??= { where: `"hither" in ${join(dir, 'package.json')}`, dir, value }
      return { root: dir, ...(file && { file }) }
    }
    if (dir === dirname(dir)) return { root: folder, ...(file && { file }) }
  }
}

/** Undefined where there is no such file. */
async function readJson(path: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined
    throw unreadable(path, thrown)
  }
  try {
    return JSON.parse(text)
  } catch (thrown) {
    throw unreadable(path, thrown)
  }
}

function hitherKey(json: unknown): unknown {
  return typeof json === 'object' && json !== null && 'hither' in json ? json.hither : undefined
}

function unreadable(path: string, cause: unknown): HitherError {
  return new HitherError('bad-config', `${path} cannot be read`, {
    why: cause instanceof Error ? cause.message : String(cause),
    fix: 'mend it, or remove it if it is not needed',
    cause,
  })
}
