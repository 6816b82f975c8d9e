import { defineConfig } from 'vitest/config'

/**
 * One project for each folder of tests; the source condition lets them run on `src` without a build. Nothing is tried again,
 * and what is waited for may take as long as a busy machine takes: a time only says that it will never come.
 */
const project = (name: string, include: string, testTimeout: number) => ({
  resolve: { conditions: ['@yak/source', 'node'] },
  ssr: { resolve: { conditions: ['@yak/source', 'node'] } },
  test: {
    name,
    include: [include],
    testTimeout,
    hookTimeout: testTimeout,
    retry: 0,
    expect: { poll: { timeout: testTimeout / 2 } },
  },
})

/** Runs `file` once before all tests of the project. */
const withSetup = (base: ReturnType<typeof project>, file: string) => ({
  ...base,
  test: { ...base.test, globalSetup: [file] },
})

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      project('protocol', 'packages/protocol/test/**/*.test.ts', 60_000),
      project('log', 'packages/log/test/**/*.test.ts', 60_000),
      project('rows', 'packages/rows/test/**/*.test.ts', 60_000),
      project('election', 'packages/election/test/**/*.test.ts', 60_000),
      project('client', 'packages/client/test/**/*.test.ts', 60_000),
      project('broker', 'apps/broker/test/**/*.test.ts', 60_000),
      project('console', 'apps/console/test/**/*.test.ts', 60_000),
      project('cli', 'apps/cli/test/**/*.test.ts', 60_000),
      project('architecture', 'tests/architecture/**/*.test.ts', 60_000),
      project('simulation', 'tests/{simulation,checker}/**/*.test.ts', 120_000),
      project('faults', 'tests/faults/**/*.test.ts', 120_000),
      project('examples', 'examples/test/**/*.test.ts', 60_000),
      project('conformance', 'tests/conformance/**/*.test.ts', 60_000),
      withSetup(project('e2e', 'tests/e2e/**/*.test.ts', 120_000), 'tests/e2e/console/build-console.ts'),
    ],
  },
})
