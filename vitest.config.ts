import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Tests start some hundred processes, which need not compile the same modules again and again. */
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/node-compile');

const cores = availableParallelism();

/** What computes: as many files at once as there are cores. */
const computing = { maxWorkers: cores, sequence: { groupOrder: 0 } };

/** What mostly waits, for services, locks and cool-downs: one more. */
const waiting = { maxWorkers: cores + 1, sequence: { groupOrder: 1 } };

/** What starts whole stacks, and holds how soon they answer. */
const stacks = { maxWorkers: cores, sequence: { groupOrder: 2 } };

/** Files that share a process find no state of one another: modules hold constants and functions alone, and are read once for all. */
const kinds = [
  { name: 'unit', pool: 'threads', isolate: false, testTimeout: 30_000, ...computing },
  { name: 'property', pool: 'threads', isolate: false, testTimeout: 180_000, ...computing },
  // Telemetry's SDK keeps state of its process, and is told where to send only once.
  { name: 'contract', pool: 'forks', isolate: true, ...computing },
  { name: 'integration', pool: 'forks', isolate: false, ...waiting },
  { name: 'end-to-end', pool: 'forks', isolate: true, ...stacks },
] as const;

export default defineConfig({
  test: {
    projects: kinds.map((kind) => ({
      test: { testTimeout: 60_000, hookTimeout: 60_000, ...kind, include: [`test/${kind.name}/**/*.test.ts`] },
    })),
  },
});
