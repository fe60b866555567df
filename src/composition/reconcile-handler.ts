import type { Reconcile, ReconcileRun } from '../reconcile/reconcile.js';
import type { Foundation } from './foundation.js';
import { type TimerHandler, watchedTimer } from './observation.js';
import { once } from './once.js';

/** The job that asks GitHub for what it could not deliver, as the rest of the app sees it. */
export interface ReconcileHandlers {
  readonly timer: TimerHandler;
  /** `undefined`: it is switched off. */
  readonly run: ((options: { readonly dryRun: boolean }) => Promise<ReconcileRun>) | undefined;
  /** What the last run on this instance found; absent before the first. */
  last(): ReconcileRun | undefined;
}

/** Loads the job with its first run. */
export const createReconcileHandlers = (foundation: Foundation): ReconcileHandlers => {
  const { dependencies, metrics } = foundation;
  const { settings, reconcileContainer } = dependencies;
  const { reconcile } = settings;
  let loaded: Reconcile | undefined;
  const job =
    reconcile &&
    once(async () => {
      const { createReconcileJob } = await import('./reconcile-job.js');
      loaded = createReconcileJob(foundation, reconcile, reconcileContainer);
      return loaded;
    });
  const work = async () => {
    const run = await (await job?.())?.run();
    for (const { verdict } of run?.deliveries ?? [])
      if (verdict !== 'would-ask') metrics.count('breakwater_missed_deliveries_total', { verdict });
  };
  return {
    timer: watchedTimer(foundation, work),
    run: job && (async (options) => (await job()).run(options)),
    last: () => loaded?.last,
  };
};
