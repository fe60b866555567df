import type { Fault } from '../../../src/local/faults/fault.js';
import type { StandInName } from '../../../src/local/stack/stand-ins.js';

/** Where the dependency's breaker stands when the event comes. */
export type BreakerState = 'Closed' | 'Open' | 'HalfOpen';

/** One row of the matrix: what is wrong when one event comes. */
export interface Cell {
  readonly dependency: StandInName;
  readonly fault: Fault;
  readonly breaker: BreakerState;
  /** Whether the secret was read while all was well; then its refresh is due when the event comes. */
  readonly secretCached: boolean;
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

const cellsOf = (dependency: StandInName, secretCached: boolean): readonly Cell[] =>
  faults.flatMap((fault) => states.map((breaker) => ({ dependency, fault, breaker, secretCached })));

/** Every dependency, every fault, every state of its breaker; Key Vault with the secret cached and without. */
export const cells: readonly Cell[] = [
  ...cellsOf('blob-storage', true),
  ...cellsOf('service-bus', true),
  ...cellsOf('key-vault', true),
  ...cellsOf('key-vault', false),
];
