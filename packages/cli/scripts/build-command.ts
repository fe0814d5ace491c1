import { fileURLToPath } from 'node:url'
import { inFewFiles } from '../../bundle/scripts/in-few-files.ts'

/** The `fn` command. */
await inFewFiles({
  root: fileURLToPath(new URL('..', import.meta.url)),
  name: 'fn',
  entry: 'src/main.ts',
  // They have files of their own: a binary, and threads' programs.
  external: ['esbuild', 'pino'],
})
