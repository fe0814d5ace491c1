import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/**
 * The command and all that it stands on, floors and libraries, in a few files: what several verbs share, and what one alone needs. Of the
 * thousand modules that it is made of each takes Node half a millisecond to find, and memory for as long as a peer runs.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')

// Parts are named by what is in them; those of an earlier build have other names.
for (const name of await readdir(dist).catch(() => [])) if (name.startsWith('fn')) await rm(join(dist, name))

await build({
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
  legalComments: 'eof',
  logLevel: 'warning',
})
