import type { ManagedBreaker } from '../circuit-breaker/circuit-breaker-snapshot.js';

/** What operators see of one breaker, and can do to it. */
export type OperatedBreaker = Pick<ManagedBreaker, 'name' | 'options' | 'snapshot' | 'reset' | 'updateOptions'>;

/** Every breaker there is at this moment. */
export type AllBreakers = () => readonly OperatedBreaker[];
