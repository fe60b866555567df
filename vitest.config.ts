import { defineConfig } from 'vitest/config';

const kinds = ['unit', 'contract', 'property', 'integration', 'end-to-end'] as const;

export default defineConfig({
  test: {
    projects: kinds.map((kind) => ({
      test: {
        name: kind,
        include: [`test/${kind}/**/*.test.ts`],
        testTimeout: kind === 'unit' ? 10_000 : 60_000,
        hookTimeout: 60_000,
      },
    })),
  },
});
