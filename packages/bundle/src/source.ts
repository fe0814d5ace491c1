import { HitherError } from '@hither/core'
import { realpath, stat } from 'node:fs/promises'
import { dirname, extname, join, resolve } from 'node:path'
import { readConfig, type HandlerConfig } from './config.ts'
import { findProject } from './config-file.ts'
import { nameFor } from './handler-name.ts'

/** Where a handler is looked for in a folder whose configuration names none, in this order. */
const ENTRY_NAMES = ['src/index', 'index', 'src/handler', 'handler']
/** What a handler is written in, in the order in which folders are searched. */
const ENTRY_EXTENSIONS = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs']

/** A handler as it lies on this machine. Paths are absolute, with links resolved. */
export interface Source {
  entry: string
  /** The folder of the project that it belongs to. */
  root: string
  name: string
  config: HandlerConfig
}

/** Finds the handler that a path means, a file or a folder, with its configuration; `decided`: its name, where it has one whatever its file's is. Throws `build-failed`, `bad-config`. */
export async function findSource(path: string, decided?: string): Promise<Source> {
  const given = await real(resolve(path))
  if (given === undefined) {
    throw new HitherError('build-failed', `there is no handler at ${path}`, {
      why: 'no such file or folder exists',
      fix: 'give the path of a handler, such as src/index.ts, or of its folder',
    })
  }
  const entry = (await stat(given)).isDirectory() ? await entryIn(given) : given
  refuseOtherKinds(entry)
  const { root, file } = await findProject(dirname(entry))
  const config = readConfig(file)
  const configured = file && config.entry !== undefined ? await real(resolve(file.dir, config.entry)) : entry
  // A configuration that names another file as its handler is about that one, not this.
  const { entry: _, name = decided ?? nameFor(entry), ...rest } = configured === entry ? config : readConfig(undefined)
  return { entry, root, name, config: rest }
}

/** esbuild would make a function of a JSON file, and none at all of a stylesheet. */
function refuseOtherKinds(entry: string): void {
  if (isSource(entry)) return
  throw new HitherError('build-failed', `${entry} is no handler`, {
    why: `a handler is TypeScript or JavaScript: a file ending in ${ENTRY_EXTENSIONS.join(', ')}`,
    fix: 'give the file that exports the handler; what else it needs, it imports',
  })
}

function isSource(path: string): boolean {
  return ENTRY_EXTENSIONS.includes(extname(path))
}

async function entryIn(folder: string): Promise<string> {
  const { root, file, mains } = await findProject(folder)
  const { entry } = readConfig(file)
  if (file?.dir === folder && entry !== undefined) {
    const named = await fileAt(resolve(folder, entry))
    if (named !== undefined) return named
    throw new HitherError('bad-config', `${file.where} names a handler that is not there`, {
      why: `there is no file ${join(folder, entry)}`,
      fix: 'correct "entry"',
    })
  }
  const usual = ENTRY_NAMES.flatMap((name) => ENTRY_EXTENSIONS.map((extension) => join(folder, name + extension)))
  // Packages' own words come last: theirs is often what was built of the source last time.
  for (const path of [...usual, ...(root === folder ? mains.filter(isSource) : [])]) {
    const found = await fileAt(path)
    if (found !== undefined) return found
  }
  throw new HitherError('build-failed', `there is no handler in ${folder}`, {
    why: `it has none of ${ENTRY_NAMES.join(', ')} as ${ENTRY_EXTENSIONS.join(', ')}, and no package.json whose "main" is there`,
    fix: 'name the file, or put { "entry": "…" } into an fn.json there',
  })
}

/** Links resolved; undefined where there is no such file. */
async function fileAt(path: string): Promise<string | undefined> {
  const found = await real(path)
  return found !== undefined && (await stat(found)).isFile() ? found : undefined
}

async function real(path: string): Promise<string | undefined> {
  try {
    return await realpath(path)
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR'))
      return undefined
    throw thrown
  }
}
