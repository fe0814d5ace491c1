import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { mends } from './mends.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const guest = (file: string): string => `${root}src/guest/${file}`

/** undici's fetch classes ask for Node's modules; each is one export of a file of ours, by its name in camel case. */
const nodeShims: Plugin = {
  name: 'node-shims',
  setup(bundle) {
    bundle.onResolve({ filter: /^node:/ }, ({ path }) => ({ path: path.slice('node:'.length), namespace: 'node' }))
    bundle.onLoad({ filter: /.*/, namespace: 'node' }, ({ path }) => {
      const name = path.replace(/[/_](\w)/g, (_, letter: string) => letter.toUpperCase())
      return {
        contents: `import { ${name} } from ${JSON.stringify(guest('node-shims.ts'))}\nmodule.exports = ${name}`,
        resolveDir: root,
      }
    })
  },
}

/** The tables for international host names are a third of the bundle: evaluated when the first such name is parsed. */
const lazyTr46: Plugin = {
  name: 'lazy-tr46',
  setup(bundle) {
    bundle.onResolve({ filter: /^tr46$/ }, ({ namespace }) =>
      namespace === 'lazy' ? undefined : { path: 'tr46', namespace: 'lazy' },
    )
    bundle.onLoad({ filter: /.*/, namespace: 'lazy' }, () => ({
      contents: `exports.toASCII = (...args) => require('tr46').toASCII(...args)`,
      resolveDir: root,
    }))
  },
}

await build({
  entryPoints: [guest('main.ts')],
  outfile: `${root}dist/guest/runtime.js`,
  bundle: true,
  format: 'iife',
  platform: 'neutral',
  mainFields: ['module', 'main'],
  // Of core, the sources.
  conditions: ['hither-source', 'import'],
  target: 'es2024',
  // Names stay: minified ones would show in what users log, and keeping them beside would cost 40 ms of every start.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  // Sloppy functions can be taken off the stack by `Error.prepareStackTrace` and `caller`; strict ones cannot.
  banner: { js: '"use strict";' },
  inject: [guest('node-globals.ts')],
  plugins: [mends, nodeShims, lazyTr46],
  logLevel: 'warning',
})
