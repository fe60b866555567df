import type { ManagedBreaker } from '../circuit-breaker/managed-breaker.js';

/** What operators see of one breaker, and can do to it. */
export type OperatedBreaker = Pick<ManagedBreaker, 'name' | 'options' | 'snapshot' | 'reset' | 'updateOptions'>;

/** Every breaker there is at this moment. */
export type AllBreakers = () => readonly OperatedBreaker[];
