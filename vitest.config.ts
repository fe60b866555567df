import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests start some hundred processes, which need not compile the same modules again and again. */
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/node-compile');

const cores = availableParallelism();

/** What computes: as many files at once as there are cores. */
const computing = { pool: 'threads' as const, isolate: false, maxWorkers: cores, sequence: { groupOrder: 0 } };

/** What mostly waits, for services, processes and cool-downs: some more. */
const waiting = { pool: 'forks' as const, maxWorkers: cores + 2, sequence: { groupOrder: 1 } };

/** Ends what never would: no test holds by these how soon something is done, so that a busy machine fails none. */
const patience = { testTimeout: 300_000, hookTimeout: 300_000, expect: { poll: { timeout: 120_000 } } };

/** Telemetry's SDK keeps state of its process, and is told where to send only once. */
const telemetry = 'test/contract/telemetry/**/*.test.ts';

/** What takes longest comes first. Files that share a process find no state of one another: modules hold constants and functions alone, and are read once for all. */
const kinds = [
  { name: 'end-to-end', isolate: true, ...waiting },
  { name: 'integration', isolate: false, ...waiting },
  { name: 'contract-telemetry', isolate: true, include: [telemetry], ...waiting },
  { name: 'contract', isolate: false, exclude: [telemetry], globalSetup: 'test/contract/blob-storage.ts', ...waiting },
  { name: 'property', ...computing },
  { name: 'unit', ...computing },
];

const rankOf = ({ project }: TestSpecification): number => kinds.findIndex(({ name }) => name === project.name);

/** One kind after the other, so that a process serves all files of its kind. */
class KindAfterKind extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((one, other) => rankOf(one) - rankOf(other));
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: KindAfterKind },
    projects: kinds.map((kind) => ({
      test: { include: [`test/${kind.name}/**/*.test.ts`], ...patience, ...kind },
    })),
  },
});
