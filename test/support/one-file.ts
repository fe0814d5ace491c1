import { build } from 'esbuild'

/** A program in one file: one that reads a hundred of them burns most of its time before it does anything. */
export async function oneFile(program: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [program],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['hither-source', 'import'],
  })
}
