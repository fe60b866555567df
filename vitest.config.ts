import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests start some hundred processes, which need not compile the same modules again and again. */
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/node-compile');
/** .NET programs of tests end before it would pay to measure their code for a better compilation. */
process.env['DOTNET_TieredPGO'] ??= '0';
/** Compilers in Go end before it would pay to clear their memory often. */
process.env['GOGC'] ??= '400';

const cores = availableParallelism();

/** What computes: as many files at once as there are cores. */
const computing = { pool: 'threads' as const, isolate: false, maxWorkers: cores, sequence: { groupOrder: 0 } };

/** What mostly waits, for services, processes and cool-downs: so many more that no core has nothing to do. */
const waiting = { pool: 'forks' as const, maxWorkers: cores + 4, sequence: { groupOrder: 1 } };

/** Ends what never would: no test holds by these how soon something is done, so that a busy machine fails none. */
const patience = { testTimeout: 300_000, hookTimeout: 300_000, expect: { poll: { timeout: 120_000, interval: 100 } } };

/** Telemetry's SDK keeps state of its process, and is told where to send only once. */
const telemetry = 'test/contract/telemetry/**/*.test.ts';

/** What takes longest comes first. Files that share a process find no state of one another: modules hold constants and functions alone, and are read once for all. */
const kinds = [
  { name: 'end-to-end', isolate: false, ...waiting },
  { name: 'integration', isolate: false, ...waiting },
  { name: 'contract-telemetry', isolate: true, include: [telemetry], ...waiting },
  { name: 'contract', isolate: false, exclude: [telemetry], globalSetup: 'test/contract/blob-storage.ts', ...waiting },
  { name: 'property', ...computing },
  { name: 'unit', ...computing },
];

/**
 * The files of a kind that take longest, in the order in which they start: none runs alone at the end while a core has nothing to do. A
 * fresh clone knows no durations of an earlier run. `availability` computes as much as a core can, and so do the soaks; the matrices
 * hold how long answers take, and come between them.
 */
const endToEnd = [
  ...['availability', 'console-attacked', 'commands/ctrl-c', 'demo', 'vault-away', 'crash-points'],
  ...['fault-matrix', 'reason-matrix', 'every-github-example', 'coalescing', 'soak', 'soak-shards'],
  ...['console', 'fuzz', 'bot-dotnet', 'every-provider'],
];
const integration = ['guides/guides', 'shards/two-shards', 'infra/bicep', 'commands/wrong-uses'];
const longest = [...endToEnd.map((file) => `end-to-end/${file}`), ...integration.map((file) => `integration/${file}`)];

const rankOf = ({ project }: TestSpecification): number => kinds.findIndex(({ name }) => name === project.name);

const placeOf = ({ moduleId }: TestSpecification): number => {
  const place = longest.findIndex((file) => moduleId.endsWith(`/test/${file}.test.ts`));
  return place < 0 ? longest.length : place;
};

/** One kind after the other, so that a process serves all files of its kind. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => rankOf(one) - rankOf(other) || placeOf(one) - placeOf(other));
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: kinds.map((kind) => ({
      test: { include: [`test/${kind.name}/**/*.test.ts`], ...patience, ...kind },
    })),
  },
});
