import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'

/** What Debian takes out of its package, since it is minified, and where npm has it. */
const ELSEWHERE: Record<string, string> = {
  'compression/third_party/pako/pako_inflate.min.js': 'pako/dist/pako_inflate.min.js',
}

/** Several copies of web-platform-tests seen as one: of a file that is in more of them, the first copy's counts. */
export class Tree {
  readonly roots: readonly string[]

  constructor(roots: readonly string[]) {
    this.roots = roots.map((root) => resolve(root))
  }

  /** All files below a folder, as paths from the root. */
  list(folder: string): string[] {
    const files = this.roots.flatMap((root) => filesBelow(root, folder))
    return [...new Set(files)].toSorted()
  }

  /** A file's bytes; undefined where no copy has it. */
  read(path: string): Buffer | undefined {
    for (const root of this.roots) {
      const file = resolve(root, path)
      // Tests are not ours: none may read what is outside.
      if (file.startsWith(`${root}/`) && existsSync(file) && statSync(file).isFile()) return readFileSync(file)
    }
    const elsewhere = ELSEWHERE[path]
    return elsewhere === undefined ? undefined : readFileSync(createRequire(import.meta.url).resolve(elsewhere))
  }

  text(path: string): string {
    const bytes = this.read(path)
    if (bytes === undefined) throw new Error(`no copy of web-platform-tests has ${path}: ${this.roots.join(', ')}`)
    return bytes.toString('utf8')
  }
}

/** Whether a folder holds enough of web-platform-tests to need no other. */
export function isWhole(root: string): boolean {
  return ['resources/testharness.js', 'url', 'streams', 'encoding'].every((path) => existsSync(join(root, path)))
}

function filesBelow(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
}
