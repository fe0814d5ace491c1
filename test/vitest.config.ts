import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** They replace modules, or look at memory that all of a process shares: each is alone in its own. */
const alone = [
  'packages/bundle/test/{settle,unreadable}.test.ts',
  'packages/core/test/{fleeting,frames,rpc,within}.test.ts',
  'packages/net/test/{patience,closed/connection}.test.ts',
  'packages/peer/test/volunteer/own-load.test.ts',
  'packages/router/test/limits-of-state.test.ts',
  'packages/store/test/{disk-blocks-races,name-index}.test.ts',
]

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  // Tests read the sources of the packages, not their builds.
  ssr: { resolve: { conditions: ['hither-source', 'node', 'module-sync', 'import', 'default'] } },
  test: {
    // isolated-vm asks for --no-node-snapshot and must not run in worker threads.
    pool: 'forks',
    execArgv: ['--no-node-snapshot', '--conditions=hither-source'],
    coverage: { provider: 'v8', include: ['packages/*/src/**'] },
    setupFiles: ['test/setup/errors.ts'],
    // As for tests: what never comes is found all the same, and what only waits for a busy machine is not.
    expect: { poll: { timeout: 20_000 } },
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/*/test/**/*.test.ts'],
          exclude: ['packages/sandbox/**', ...alone],
          // Most of the time of a file was taken by loading what the one before had loaded.
          isolate: false,
          // What hangs is found all the same; what only waits for a busy machine is not.
          testTimeout: 120_000,
          sequence: { groupOrder: 0 },
          benchmark: { include: [] },
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: alone,
          testTimeout: 120_000,
          sequence: { groupOrder: 0 },
          benchmark: { include: [] },
        },
      },
      {
        extends: true,
        // Sandbox processes have the lowest priority: other tests beside these would starve them.
        test: {
          name: 'sandbox',
          globalSetup: ['test/setup/build.ts'],
          include: ['packages/sandbox/test/**/*.test.ts'],
          testTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          benchmark: { include: [] },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          globalSetup: ['test/setup/build.ts'],
          include: ['test/**/*.test.ts'],
          testTimeout: 120_000,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
          benchmark: { include: [] },
        },
      },
      {
        extends: true,
        // Bombs need the machine for themselves.
        test: {
          name: 'hostile',
          include: ['test/hostile/**/*.hostile.ts'],
          globalSetup: ['test/setup/build.ts', 'test/hostile/support/report.ts'],
          testTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 4 },
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
          sequence: { groupOrder: 3 },
          benchmark: { include: [] },
        },
      },
      {
        extends: true,
        test: {
          name: 'bench',
          include: [],
          sequence: { groupOrder: 5 },
          benchmark: { include: ['bench/**/*.bench.ts'] },
        },
      },
    ],
  },
})
