import type { Flag } from '@hither/core'
import type { BuildOptions, Plugin } from 'esbuild'
import { access } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { withNodejs } from './nodejs-compat.ts'
import type { Source } from './source.ts'
import { wasmModules } from './wasm-modules.ts'

/** Options for builds that give their outputs, and what is in them, as values. */
export interface Options extends BuildOptions {
  metafile: true
  write: false
  plugins: Plugin[]
}

/** What every build has in common: one minified ES module for a runtime that has the web platform and nothing else. */
const OPTIONS: Options = {
  bundle: true,
  format: 'esm',
  target: 'es2024',
  platform: 'browser',
  mainFields: ['browser', 'module', 'main'],
  // `workerd` first makes packages give their builds for fetch and Web Streams.
  conditions: ['hither', 'workerd', 'worker', 'browser'],
  define: { 'process.env.NODE_ENV': '"production"' },
  minify: true,
  legalComments: 'none',
  sourcemap: 'external',
  metafile: true,
  write: false,
  plugins: [wasmModules],
  logLevel: 'silent',
  // What is imported by a variable cannot be bundled, and fails at the call: worth a warning, though esbuild gives none.
  logOverride: { 'unsupported-dynamic-import': 'warning', 'unsupported-require-call': 'warning' },
}

interface ToBuild extends Pick<Source, 'entry' | 'root'> {
  flags: readonly Flag[]
}

/** Paths are all taken relative to the handler's folder, which is what makes them the same on every machine. */
export async function optionsFor({ entry, root, flags }: ToBuild): Promise<Options> {
  const dir = dirname(entry)
  const tsconfig = await findTsconfig(dir, root)
  return {
    ...(flags.includes('nodejs_compat') ? withNodejs(OPTIONS) : OPTIONS),
    absWorkingDir: dir,
    entryPoints: [entry],
    // A name for the output; nothing is written there.
    outfile: join(dir, 'bundle.js'),
    // Without one of the project's own, none: what lies above the project is no part of its source.
    ...(tsconfig === undefined ? { tsconfigRaw: '{}' } : { tsconfig }),
  }
}

async function findTsconfig(dir: string, root: string): Promise<string | undefined> {
  const path = join(dir, 'tsconfig.json')
  try {
    await access(path)
    return path
  } catch {
    // Not here: on to the folder above, as far as the project goes.
    return dir === root || dir === dirname(dir) ? undefined : findTsconfig(dirname(dir), root)
  }
}
