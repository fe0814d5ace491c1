import { rm } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { NODE_MODULES } from '../src/node-modules.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const source = (name: string): string => `${root}src/nodejs/${name}.ts`

/** What libraries import of Node is ours as well. A slash at the end asks for the npm package of that name, and only ours get it. */
const own: Plugin = {
  name: 'own',
  setup(building) {
    // Only for those who name one.
    building.onResolve({ filter: /\/globals\.ts$/ }, ({ path }) => ({ path, sideEffects: false }))
    building.onResolve({ filter: /^(?:node:)?[a-z_/]+$/ }, ({ path, importer, kind }) => {
      const name = path.replace(/^node:/, '').replace(/\/$/, '')
      if (!isBuiltin(name) || (path.endsWith('/') && importer.startsWith(`${root}src`))) return undefined
      if (path === 'util/') return { path: 'internal/shown', namespace: 'commonjs' }
      if (!NODE_MODULES.includes(name)) return { errors: [{ text: `${importer} imports ${path}` }] }
      return kind === 'require-call' ? { path: name, namespace: 'commonjs' } : { path: source(name) }
    })
    building.onLoad({ filter: /.*/, namespace: 'commonjs' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(source(path))}).default`,
      resolveDir: root,
    }))
  },
}

/** One file for each module of Node's that functions may import, with the libraries in it; what several share is in chunks. */
await rm(`${root}dist/nodejs`, { recursive: true, force: true })
await build({
  entryPoints: Object.fromEntries([...NODE_MODULES, 'globals'].map((name) => [name, source(name)])),
  outdir: `${root}dist/nodejs`,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'neutral',
  mainFields: ['browser', 'module', 'main'],
  conditions: ['browser', 'import'],
  target: 'es2024',
  minifyWhitespace: true,
  minifySyntax: true,
  keepNames: true,
  legalComments: 'none',
  inject: [source('globals')],
  plugins: [own],
  logLevel: 'warning',
})
