import { mkdir, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HitherError } from '@hither/core'

/** The examples, as `scripts/copy-templates.ts` puts them beside the build. */
const FOLDER = fileURLToPath(new URL('../dist/templates', import.meta.url))

/** A handler to start from: a flat folder with a package.json. */
export interface Template {
  name: string
  /** What it does, in a few words. */
  about: string
  folder: string
  /** Whether packages must be installed before it runs. */
  installs: boolean
}

interface PackageJson {
  name: string
  description: string
  dependencies?: Record<string, string>
}

/** All there are, by name. */
export async function listTemplates(within: string = FOLDER): Promise<Template[]> {
  const names = (await readdir(within)).sort()
  return Promise.all(
    names.map(async (name) => {
      const folder = join(within, name)
      const { description, dependencies } = await packageOf(folder)
      return { name, about: description, folder, installs: dependencies !== undefined }
    }),
  )
}

/**
 * Copies a template into a folder, which may exist, under a name of its own. Gives the files. Where one cannot be written none stays, so
 * that the same command will do once that is mended. Throws `usage` where one is there already, `store-full`, `bad-config`.
 */
export async function copyTemplate(template: Template, to: string, name: string): Promise<string[]> {
  const files = (await readdir(template.folder)).sort()
  const contents = await Promise.all(files.map((file) => contentOf(template, file, name)))
  const made: Made = { folders: [], files: [] }
  try {
    const there = await filesIn(to)
    const taken = files.filter((file) => there.includes(file))
    if (taken.length > 0) throw isThere(to, taken)
    await makeFolder(to, made)
    for (const [at, file] of files.entries()) await makeFile(join(to, file), contents[at] ?? '', made)
    return files
  } catch (thrown) {
    await unmake(made)
    throw fault(thrown, to)
  }
}

async function contentOf(
  { folder, name: template }: Template,
  file: string,
  name: string,
): Promise<string | Uint8Array> {
  if (file === 'package.json') return `${JSON.stringify({ ...(await packageOf(folder)), name }, undefined, 2)}\n`
  return file === 'README.md' ? readmeOf(folder, template, name) : readFile(join(folder, file))
}

/** Its commands, too, are those of the new name. */
async function readmeOf(folder: string, template: string, name: string): Promise<string> {
  const readme = await readFile(join(folder, 'README.md'), 'utf8')
  return readme.replaceAll(new RegExp(`(fn deploy --name|fn invoke|fn why) ${template}\\b`, 'g'), `$1 ${name}`)
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return []
    throw thrown
  }
}

/** What was not there before, in the order in which it was made. */
interface Made {
  folders: string[]
  files: string[]
}

/** Node's own recursive mkdir says of a disk that is full, or may only be read, that there is no such entry. */
async function makeFolder(path: string, made: Made, above = true): Promise<void> {
  try {
    await mkdir(path)
  } catch (thrown) {
    if (errnoOf(thrown) === 'EEXIST') return
    if (!above || errnoOf(thrown) !== 'ENOENT' || dirname(path) === path) throw thrown
    await makeFolder(dirname(path), made)
    return makeFolder(path, made, false)
  }
  made.folders.push(path)
}

async function makeFile(path: string, content: string | Uint8Array, made: Made): Promise<void> {
  try {
    await writeFile(path, content, { flag: 'wx' })
  } catch (thrown) {
    // Whoever was faster than the look before keeps what they wrote.
    if (errnoOf(thrown) === 'EEXIST') throw isThere(dirname(path), [basename(path)])
    // What was cut short may be there in part.
    made.files.push(path)
    throw thrown
  }
  made.files.push(path)
}

/** What cannot be removed, or has something of somebody else in it by now, stays. */
async function unmake({ folders, files }: Made): Promise<void> {
  await Promise.allSettled(files.map((path) => rm(path, { force: true })))
  for (const path of folders.toReversed()) await rmdir(path).catch(() => undefined)
}

function isThere(folder: string, files: string[]): HitherError {
  return new HitherError('usage', `${folder} has ${files.join(', ')} already`, {
    why: 'fn init never overwrites a file',
    fix: 'give the name of a new folder: fn init NAME',
  })
}

/** What a user can do about it; undone is all of it by then. */
function fault(thrown: unknown, folder: string): unknown {
  const errno = errnoOf(thrown)
  if (thrown instanceof HitherError || errno === undefined) return thrown
  const why = thrown instanceof Error ? thrown.message : String(thrown)
  if (errno === 'ENOSPC' || errno === 'EDQUOT') {
    return new HitherError('store-full', `the disk has no room for ${folder}`, {
      why,
      fix: 'free some space there and try again, or give a folder on another disk: fn init FOLDER/NAME',
      cause: thrown,
    })
  }
  return new HitherError('bad-config', `fn init cannot write to ${folder}`, {
    why,
    fix: 'give a folder in one that this user may write to: fn init FOLDER/NAME',
    cause: thrown,
  })
}

function errnoOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined
}

async function packageOf(folder: string): Promise<PackageJson> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as PackageJson
}
