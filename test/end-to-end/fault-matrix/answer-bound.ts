import type { StandInName } from '../../../local/stack/stand-ins.js';
import type { Cell } from './cells.js';

/** GitHub gives up after so long; the app's own budget for it is a second less. */
export const githubWaitsMs = 10_000;

/** How long one request waits for each dependency at the most: its share of the budget, or its operation timeout. */
const waitsMs: Readonly<Record<StandInName, number>> = {
  'blob-storage': 4_500,
  'service-bus': 5_000,
  'key-vault': 3_600,
};

/** With its breaker open, a vault that is needed is asked past it, for so long at the most. */
const lastResortMs = 2_500;

/** For everything else a request does, on a machine that is busy with other things. */
const restMs = 2_000;

/** Both stores fail: for so long an event hopes for one of them to come back, before it is clear that neither does. */
const hopeMs = 4_000;

/** Every provider waits at least so much longer than its budget. */
export const marginMs = 500;

/** Within what time a cell's event has to be answered: an open breaker costs no wait but for a needed secret, and two that hang cost all there is. */
export const answerBoundMs = ({ dependencies, breaker, secretCached }: Cell): number => {
  if (breaker === 'Open') return restMs + (secretCached ? 0 : lastResortMs) + (dependencies.length > 1 ? hopeMs : 0);
  return dependencies.length > 1 ? githubWaitsMs : restMs + Math.max(...dependencies.map((name) => waitsMs[name]));
};
