import { constants } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
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

/** Copies a template into a folder, which may exist, under a name of its own. Gives the files. Throws `usage` where one is there already. */
export async function copyTemplate(
  { folder: from, name: template }: Template,
  to: string,
  name: string,
): Promise<string[]> {
  const files = (await readdir(from)).sort()
  const there = await filesIn(to)
  const taken = files.filter((file) => there.includes(file))
  if (taken.length > 0) {
    throw new HitherError('usage', `${to} has ${taken.join(', ')} already`, {
      why: 'fn init never overwrites a file',
      fix: 'give the name of a new folder: fn init NAME',
    })
  }
  await mkdir(to, { recursive: true })
  const own = `${JSON.stringify({ ...(await packageOf(from)), name }, undefined, 2)}\n`
  for (const file of files) {
    // Whoever was faster than the look above keeps what they wrote.
    if (file === 'package.json') await writeFile(join(to, file), own, { flag: 'wx' })
    else if (file === 'README.md') await writeFile(join(to, file), await readmeOf(from, template, name), { flag: 'wx' })
    else await copyFile(join(from, file), join(to, file), constants.COPYFILE_EXCL)
  }
  return files
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
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return []
    throw thrown
  }
}

async function packageOf(folder: string): Promise<PackageJson> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as PackageJson
}
