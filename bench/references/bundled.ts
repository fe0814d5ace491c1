import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** One of `bench/handlers`, or an example. */
export function handlerFile(name: string): string {
  return fileURLToPath(new URL(`../handlers/${name}.ts`, import.meta.url))
}

/** A handler and all that it imports as one ES module in a folder, the same for whoever serves it. */
export async function bundled(entry: string, folder: string, name: string): Promise<string> {
  const outfile = join(folder, `${name}.mjs`)
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2024',
    platform: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
  })
  return outfile
}
