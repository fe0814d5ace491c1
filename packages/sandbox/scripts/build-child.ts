import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

/** isolated-vm looks for its binary in folders that a jail does not have: the parent finds it and says where. */
const addon: Plugin = {
  name: 'addon',
  setup(bundle) {
    bundle.onResolve({ filter: /^isolated-vm$/ }, ({ path }) => ({ path, namespace: 'addon' }))
    bundle.onLoad({ filter: /.*/, namespace: 'addon' }, () => ({
      contents: `const addon = { exports: {} }
        process.dlopen(addon, process.argv.at(-1))
        export default addon.exports.ivm`,
    }))
  },
}

/** What runs in sandbox processes, each in one file: all that they need to see of this machine's disk, beside Node. */
await build({
  entryPoints: {
    main: `${root}src/child/main.ts`,
    sight: `${root}src/child/sight.ts`,
    worker: `${root}src/child/services/crypto/worker.ts`,
    snapshot: `${root}src/child/snapshot.ts`,
  },
  outdir: `${root}dist/jail`,
  // There is no package.json in the jail to say what kind of module it is.
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  // Of core, the sources.
  conditions: ['hither-source', 'import'],
  target: 'node24',
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  plugins: [addon],
  logLevel: 'warning',
})
