import type { Fault } from '../../../local/faults/fault.js';
import type { StandInName } from '../../../local/stack/stand-ins.js';

/** Where the breaker stands when the event comes. */
export type BreakerState = 'Closed' | 'Open' | 'HalfOpen';

/** One row of the matrix: what is wrong when one event comes. */
export interface Cell {
  /** One dependency, or two that fail together. */
  readonly dependencies: readonly StandInName[];
  readonly fault: Fault;
  /** Of each of them. */
  readonly breaker: BreakerState;
  /** Whether the secret was read while all was well; then its refresh is due when the event comes. */
  readonly secretCached: boolean;
  /** Another budget than GitHub's 9 s. */
  readonly budgetMs?: number;
}

/** `slow`: whatever the app says arrives so much later. A new connection to Service Bus takes ten such steps. */
const slowMs = 200;

const faults: readonly Fault[] = [
  { kind: 'refuse' },
  { kind: 'reset' },
  { kind: 'hang' },
  { kind: 'slow', delayMs: slowMs },
  { kind: 'error', status: 503 },
];

const states: readonly BreakerState[] = ['Closed', 'Open', 'HalfOpen'];

const cellsOf = (dependencies: readonly StandInName[], secretCached = true): readonly Cell[] =>
  faults.flatMap((fault) => states.map((breaker) => ({ dependencies, fault, breaker, secretCached })));

/**
 * Every dependency, every fault, every state of its breaker; Key Vault with the secret cached and without; and both stores
 * together. What takes longest comes first, so that the rest is played beside it.
 */
export const cells: readonly Cell[] = [
  ...cellsOf(['blob-storage', 'service-bus']),
  ...cellsOf(['blob-storage']),
  ...cellsOf(['service-bus']),
  ...cellsOf(['key-vault']),
  ...cellsOf(['key-vault'], false),
];

/** All three hang at once, for senders with these budgets: GitHub's, which waits 10 s, and Slack's, which waits 3 s. */
export const hangingCells: readonly Cell[] = [9_000, 2_500].map((budgetMs) => ({
  dependencies: ['blob-storage', 'service-bus', 'key-vault'],
  fault: { kind: 'hang' },
  breaker: 'Closed',
  secretCached: true,
  budgetMs,
}));
