import { stopRequests } from '../stack/stop-requests.js';
import { createProgressLine, type ProgressLine } from './progress-line.js';

/** What long work is given: where it says how far it has come, and when it is to end with what it has so far. */
export interface Watch {
  readonly progress: ProgressLine;
  readonly signal: AbortSignal;
}

/** The first Ctrl-C ends the work after the step that it is at, the second at once. */
export const watchForEnd = (): Watch => ({
  progress: createProgressLine(process.stderr),
  signal: stopRequests({ runByNpm: process.env['npm_lifecycle_event'] !== undefined }),
});

const interruptedCode = 130;

/** How long-running work ends: `found` is the exit code for its result. Ctrl-C keeps a failure's code, turns 0 into 130, and prints how to continue. */
export const endOf = ({ signal }: Watch, found: number, goOn?: string): number => {
  if (!signal.aborted) return found;
  const rest = goOn === undefined ? '' : ` Go on with: ${goOn}`;
  console.error(`Ended by Ctrl-C: this is what there is so far.${rest}`);
  return found === 0 ? interruptedCode : found;
};
