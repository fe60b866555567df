import { defineConfig } from 'vitest/config';

/**
 * The breaker's own tests, for the mutation tester: what fails here is held by them and not by luck elsewhere. Unit tests come
 * first, for they find most mutants quickly. Those on real time stay out: on a busy machine they would fail by themselves. A call that
 * a change leaves without an answer fails its test after 5 s: the longest takes a third of a second.
 */
export default defineConfig({
  test: {
    projects: ['unit', 'property'].map((name, groupOrder) => ({
      test: {
        name,
        include: [`test/${name}/circuit-breaker/**/*.test.ts`],
        exclude: ['**/real-time.test.ts'],
        setupFiles: ['test/mutation/few-properties.ts'],
        testTimeout: name === 'unit' ? 5_000 : 60_000,
        isolate: false,
        sequence: { groupOrder },
      },
    })),
  },
});
