import { fileURLToPath } from 'node:url'
import { inFewFiles } from '../../bundle/scripts/in-few-files.ts'

/** What an app imports as `hither`. The entry for browsers is left to their own bundlers, and is small. */
await inFewFiles({
  root: fileURLToPath(new URL('..', import.meta.url)),
  name: 'hither',
  entry: 'src/index.ts',
  // Both entries throw the same HitherError; and pino has threads' programs of its own.
  external: ['@hither/core', 'pino'],
})
