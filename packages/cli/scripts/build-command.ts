import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/**
 * The command and nearly all that it stands on, floors and libraries, in a few files: what several verbs share, and what one alone needs.
 * Of the thousand modules that it is made of each takes Node half a millisecond to find, and memory for as long as a peer runs.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')

// Parts are named by what is in them; those of an earlier build have other names.
await mkdir(dist, { recursive: true })
for (const name of await readdir(dist)) if (name.startsWith('fn')) await rm(join(dist, name))

const { metafile } = await build({
  entryPoints: { fn: `${root}src/main.ts` },
  outdir: dist,
  // All in one folder, where package.json is one above, as it is for the sources.
  chunkNames: 'fn-[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  conditions: ['hither-source', 'import'],
  target: 'node24',
  // They have files of their own: a binary, and threads' programs.
  external: ['esbuild', 'pino'],
  // CommonJS packages ask for Node's modules.
  banner: { js: `import { createRequire as ofNode } from 'node:module'; const require = ofNode(import.meta.url)` },
  sourcemap: true,
  absWorkingDir: root,
  metafile: true,
  legalComments: 'eof',
  logLevel: 'warning',
})

await writeFile(join(dist, 'fn-licences.txt'), await licencesOf(Object.keys(metafile.inputs)))

/** Of every library that is part of it: whoever passes it on passes on their terms. */
async function licencesOf(inputs: readonly string[]): Promise<string> {
  const folders = new Set(inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []))
  const texts = await Promise.all(
    [...folders].sort().map(async (folder) => {
      const names = (await readdir(resolve(root, folder))).filter((name) => /^licen[cs]e/i.test(name)).sort()
      const own = await Promise.all(names.map((name) => readFile(resolve(root, folder, name), 'utf8')))
      const { name, version, license } = JSON.parse(
        await readFile(resolve(root, folder, 'package.json'), 'utf8'),
      ) as Record<'name' | 'version' | 'license', string>
      return [`${name} ${version}: ${license}`, ...own].join('\n\n')
    }),
  )
  return texts.join('\n\n\n')
}
