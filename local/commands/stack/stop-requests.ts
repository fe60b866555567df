import { watchNpm } from './watch-npm.js';

const forcedExitCode = 130;

export interface StopRequestOptions {
  /** An npm script: the end of npm is a request too. */
  readonly runByNpm: boolean;
}

/**
 * A signal that aborts when this process is asked to end: Ctrl-C, SIGTERM, a closed terminal, or the end of the parent that
 * started it with a channel. Being asked again ends it at once; what it started ends with it.
 */
export const stopRequests = ({ runByNpm }: StopRequestOptions): AbortSignal => {
  const controller = new AbortController();
  const stop = (why: string): void => controller.abort(new DOMException(`Asked to end by ${why}`, 'AbortError'));
  const onSignal = (name: string): void => {
    if (controller.signal.aborted) {
      console.error('Ended at once.');
      process.exit(forcedExitCode);
    }
    stop(name);
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  process.once('disconnect', () => stop('the end of its parent'));
  process.channel?.unref();
  if (runByNpm) watchNpm(() => stop('the end of npm'));
  return controller.signal;
};
