import { HitherError, readWhole } from '@hither/core'
import { createReadStream } from 'node:fs'
import { dirname, join } from 'node:path'
import { CONFIG_MAX_BYTES } from './limits.ts'

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
  /** What the root's package.json names as `module` and `main`: paths that may lead nowhere. */
  mains: string[]
}

/** Throws `bad-config` for files that are no JSON, or in the folder itself may not be read. */
export async function findProject(folder: string): Promise<Project> {
  let file: ConfigFile | undefined
  for (let dir = folder; ; dir = dirname(dir)) {
    // What lies above is not always the user's own; nothing that is kept from us there is meant for this handler.
    const absent = dir === folder ? ABSENT : ABSENT_ABOVE
    const own = await readJson(join(dir, 'fn.json'), absent)
    if (own !== undefined) file ??= { where: join(dir, 'fn.json'), dir, value: own }
    const project = await readJson(join(dir, 'package.json'), absent)
    if (project !== undefined) {
      const value = fieldOf(project, 'hither')
      if (value !== undefined) file ??= { where: `"hither" in ${join(dir, 'package.json')}`, dir, value }
      return { root: dir, ...(file && { file }), mains: mainsOf(project, dir) }
    }
    if (dir === dirname(dir)) return { root: folder, ...(file && { file }), mains: [] }
  }
}

/** How the file system says that there is no such file; a folder of that name is none. */
const ABSENT = ['ENOENT', 'EISDIR']
const ABSENT_ABOVE = [...ABSENT, 'EACCES', 'EPERM']

/** Undefined where there is no such file. */
async function readJson(path: string, absent: readonly string[]): Promise<unknown> {
  let text: string
  try {
    text = new TextDecoder().decode(await readWhole(createReadStream(path), CONFIG_MAX_BYTES))
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && absent.some((code) => code === thrown.code)) return undefined
    throw unreadable(path, thrown)
  }
  try {
    return JSON.parse(text)
  } catch (thrown) {
    throw unreadable(path, thrown)
  }
}

function mainsOf(project: unknown, dir: string): string[] {
  return ['module', 'main']
    .map((key) => fieldOf(project, key))
    .filter((path) => typeof path === 'string')
    .map((path) => join(dir, path))
}

function fieldOf(json: unknown, key: string): unknown {
  return typeof json === 'object' && json !== null ? Reflect.get(json, key) : undefined
}

function unreadable(path: string, cause: unknown): HitherError {
  return new HitherError('bad-config', `${path} cannot be read`, {
    why: cause instanceof Error ? cause.message : String(cause),
    fix: 'mend it, or remove it if it is not needed',
    cause,
  })
}
