import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'

export interface InFewFiles {
  /** The package's folder, which has its `src` and its `dist`. */
  root: string
  /** What the files are called, or begin with. */
  name: string
  /** The module that all begins with, below `root`. */
  entry: string
  /** Packages that stay what they are. */
  external: string[]
}

/**
 * Makes a package and what it stands on, floors and libraries, into a few files: what several of its parts share, and what one alone
 * needs. Of the thousand modules that they are made of each takes Node half a millisecond to find, and memory for as long as it runs.
 * Beside them it writes the licences of the libraries.
 */
export async function inFewFiles({ root, name, entry, external }: InFewFiles): Promise<void> {
  const dist = join(root, 'dist')
  await mkdir(dist, { recursive: true })
  // Parts are named by what is in them; those of an earlier build have other names.
  for (const file of await readdir(dist)) {
    if (file.startsWith(`${name}.`) || file.startsWith(`${name}-`)) await rm(join(dist, file))
  }
  const { metafile } = await build({
    entryPoints: { [name]: join(root, entry) },
    outdir: dist,
    // All in one folder, where package.json is one above, as it is for the sources.
    chunkNames: `${name}-[name]-[hash]`,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    conditions: ['hither-source', 'import'],
    target: 'node24',
    external,
    // CommonJS packages ask for Node's modules.
    banner: { js: `import { createRequire as ofNode } from 'node:module'; const require = ofNode(import.meta.url)` },
    sourcemap: true,
    absWorkingDir: root,
    metafile: true,
    legalComments: 'eof',
    logLevel: 'warning',
  })
  await writeFile(join(dist, `${name}-licences.txt`), await licencesOf(root, Object.keys(metafile.inputs)))
}

/** Of every library that is part of it: whoever passes it on passes on their terms. */
async function licencesOf(root: string, inputs: readonly string[]): Promise<string> {
  const folders = new Set(inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []))
  const texts = await Promise.all(
    [...folders].sort().map(async (folder) => {
      const names = (await readdir(resolve(root, folder))).filter((file) => /^licen[cs]e/i.test(file)).sort()
      const own = await Promise.all(names.map((file) => readFile(resolve(root, folder, file), 'utf8')))
      const { name, version, license } = JSON.parse(
        await readFile(resolve(root, folder, 'package.json'), 'utf8'),
      ) as Record<'name' | 'version' | 'license', string>
      return [`${name} ${version}: ${license}`, ...own].join('\n\n')
    }),
  )
  return texts.join('\n\n\n')
}
