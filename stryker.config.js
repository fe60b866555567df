/**
 * `npm run mutate`: changes the circuit breaker line by line and runs its tests on each change; see docs/req-009.md.
 * One file: `npm run mutate -- --mutate src/circuit-breaker/circuit.ts`.
 *
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
  mutate: ['src/circuit-breaker/**/*.ts'],
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation/vitest.config.ts' },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // On a busy machine the tests take many minutes before the first change, and what is only slow must not count as found.
  dryRunTimeoutMinutes: 60,
  timeoutMS: 10_000,
  incremental: true,
  incrementalFile: '.local/mutation/incremental.json',
  ignorePatterns: [
    '**',
    '!src/{circuit-breaker,time}/**',
    '!src/settings/azure-breaker-options.ts',
    '!test/{unit,property}/circuit-breaker/**',
    '!test/{mutation,support}/**',
    '!package.json',
  ],
  // Stryker rewrites this file for its sandbox with a part of TypeScript that version 7 no longer has; none is needed.
  tsconfigFile: 'none.json',
  tempDirName: '.local/mutation/sandbox',
  reporters: ['clear-text', 'html', 'json', 'progress', 'event-recorder'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  htmlReporter: { fileName: '.local/mutation/report.html' },
  // Tells of each change as it is tried, for runs that are stopped.
  eventReporter: { baseDir: '.local/mutation/events' },
  jsonReporter: { fileName: '.local/mutation/report.json' },
};
