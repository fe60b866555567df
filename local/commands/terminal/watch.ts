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

/** The exit code of what Ctrl-C has ended, once it has said how to go on; `undefined` for what came to its end. */
export const endedEarly = ({ signal }: Watch, goOn?: string): number | undefined => {
  if (!signal.aborted) return undefined;
  const rest = goOn === undefined ? '' : ` Go on with: ${goOn}`;
  console.error(`Ended by Ctrl-C: this is what there is so far.${rest}`);
  return interruptedCode;
};
