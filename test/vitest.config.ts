import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  // Tests read the sources of the packages, not their builds.
  ssr: { resolve: { conditions: ['hither-source', 'node', 'module-sync', 'import', 'default'] } },
  test: {
    // isolated-vm asks for --no-node-snapshot and must not run in worker threads.
    pool: 'forks',
    execArgv: ['--no-node-snapshot', '--conditions=hither-source'],
    coverage: { provider: 'v8', include: ['packages/*/src/**'] },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          globalSetup: ['test/setup/guest.ts'],
          include: ['packages/*/test/**/*.test.ts'],
          benchmark: { include: [] },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          globalSetup: ['test/setup/build.ts'],
          include: ['test/**/*.test.ts'],
          testTimeout: 60_000,
          fileParallelism: false,
          benchmark: { include: [] },
        },
      },
      {
        extends: true,
        test: {
          name: 'lab',
          include: ['test/lab/**/*.lab.ts'],
          globalSetup: ['test/setup/build.ts'],
          testTimeout: 60_000,
          fileParallelism: false,
          benchmark: { include: [] },
        },
      },
      {
        extends: true,
        test: { name: 'bench', include: [], benchmark: { include: ['bench/**/*.bench.ts'] } },
      },
    ],
  },
})
