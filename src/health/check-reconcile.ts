import type { ReconcileRun } from '../reconcile/reconcile.js';
import { type HealthCheck, isDegraded, isWell } from './health-check.js';

/** Whether GitHub could be asked for what it could not deliver, and whether something stays missing. */
export const checkReconcile = (last: ReconcileRun | undefined): HealthCheck => {
  if (last === undefined) return isWell('Has not run on this instance yet');
  if (last.outcome === 'unavailable') {
    const message = `The run of ${last.time} could not ask: ${last.reason ?? 'unknown'}`;
    const action =
      'Check GITHUB_RECONCILE_HOOKS and GITHUB_APP_ID, and the secret github-app-private-key or github-api-token in the vault.';
    return isDegraded({ message, action });
  }
  const givenUp = last.deliveries.filter(({ verdict }) => verdict === 'given-up').length;
  if (givenUp === 0) return isWell(`Last run at ${last.time}: ${last.deliveries.length} missed deliveries`);
  const action = 'Run "npm run reconcile -- --dry-run" to see which. Ask for them in the settings of the hook.';
  return isDegraded({
    message: `${givenUp} deliveries failed at GitHub although they were asked for three times`,
    action,
  });
};
