import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { BuildOptions, Metafile, Plugin } from 'esbuild'
import { NODE_MODULES } from './node-modules.ts'

/** Where `scripts/build-nodejs.ts` puts Node's modules: in this package, from its sources, its build and what bundles it alike. */
const BUILT = join(dirname(createRequire(import.meta.url).resolve('@hither/bundle/package.json')), 'dist/nodejs/')

/** In a build's own records and in source maps, they are called by this and their name: the same on every machine. */
const NAMESPACE = 'nodejs'

/** `module.exports` of a module, as CommonJS packages expect it of Node. */
const COMMONJS = 'nodejs-commonjs'

const GLOBALS = 'hither:nodejs-globals'

/** Node's modules as far as a function can have them, and Node's globals where a package names them. */
const nodejs: Plugin = {
  name: 'nodejs-compat',
  setup(building) {
    building.onResolve({ filter: /^hither:nodejs-globals$/ }, () => moduleAt('globals'))
    building.onResolve({ filter: /^(?:node:)?[a-z_/]+$/ }, ({ path, kind, namespace }) => {
      const name = path.replace(/^node:/, '')
      if (!NODE_MODULES.includes(name)) return undefined
      return kind === 'require-call' && namespace !== COMMONJS ? { path: name, namespace: COMMONJS } : moduleAt(name)
    })
    building.onResolve({ filter: /^\./, namespace: NAMESPACE }, ({ path, importer }) =>
      moduleAt(new URL(path, `file:///${importer}.js`).pathname.slice(1).replace(/\.js$/, '')),
    )
    building.onLoad({ filter: /.*/, namespace: NAMESPACE }, async ({ path }) => ({
      // What is imported for its effects alone is imported for its values as well, where it matters.
      contents: (await readFile(`${BUILT}${path}.js`, 'utf8')).replaceAll(/import"[^"]+";/g, ''),
    }))
    building.onLoad({ filter: /.*/, namespace: COMMONJS }, ({ path }) => ({
      contents: `module.exports = require('node:${path}').default`,
    }))
  },
}

/** The options that a build with `nodejs_compat` has beside its own. */
export function withNodejs<T extends BuildOptions>(options: T): T & { plugins: Plugin[] } {
  return {
    ...options,
    // Packages written for Node.js look at the names of classes and functions.
    keepNames: true,
    define: { ...options.define, global: 'globalThis' },
    inject: [GLOBALS],
    plugins: [...(options.plugins ?? []), nodejs],
  }
}

/**
 * AsyncLocalStorage follows promises, and `await` shows nothing of the one it waits for. So where it is used, async
 * functions become generators that go on by `then`. That costs, and nobody else pays.
 */
export function withoutAwait<T extends BuildOptions>(options: T): T {
  return { ...options, supported: { 'async-await': false, 'async-generator': false, 'for-await': false } }
}

export function usesAsyncHooks({ inputs }: Metafile): boolean {
  return `${NAMESPACE}:async_hooks` in inputs
}

/** Whoever imports but does not use one has nothing of it in the bundle. */
function moduleAt(path: string): { path: string; namespace: string; sideEffects: boolean } {
  return { path, namespace: NAMESPACE, sideEffects: path === 'async_hooks' }
}
