import type { StandInName } from '../../../src/local/stack/stand-ins.js';
import type { Cell } from './cells.js';

/** What GitHub's request may take in all. */
export const budgetMs = 9_000;

/** How long one request waits for each dependency at the most: its share of the budget, or its operation timeout. */
const waitsMs: Readonly<Record<StandInName, number>> = {
  'blob-storage': 4_500,
  'service-bus': 5_000,
  'key-vault': 3_600,
};

/** For everything else a request does, on a machine that is busy with other things. */
const restMs = 2_000;

/** Within what time a cell's event has to be answered: an open breaker costs no wait. */
export const answerBoundMs = ({ dependency, breaker }: Cell): number =>
  restMs + (breaker === 'Open' ? 0 : waitsMs[dependency]);
