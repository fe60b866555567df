import type { ReconcileRun } from '../reconcile/reconcile.js';
import { type HealthCheck, isDegraded, isWell } from './health-check.js';

const settings = 'GITHUB_RECONCILE_HOOKS, GITHUB_APP_ID, GITHUB_API_URL and those of GITLAB_…';

/** What an operator can do, by the reason why the sender could not be asked. */
const actionFor = (reason: string): string => {
  if (/^(refused-40[13]|not-configured|unusable-private-key)$/.test(reason))
    return 'Check the secret github-app-private-key, github-api-token or gitlab-api-token in the vault, and that it still has the right to read and write webhooks.';
  if (/^refused-(301|404|410)$/.test(reason))
    return `The hook was deleted, or its repository was renamed. Check ${settings}.`;
  if (/^(throttled|circuit-open|timeout|unreachable)$/.test(reason))
    return 'Nothing, unless it lasts: a later run continues.';
  return `Check ${settings}, and which server answers there.`;
};

/** Whether senders could be asked for their failed deliveries, and whether any are still missing. */
export const checkReconcile = (last: ReconcileRun | undefined): HealthCheck => {
  if (last === undefined) return isWell('Has not run on this instance yet');
  if (last.outcome === 'unavailable') {
    const { of = 'the sender', reason = 'unknown' } = last;
    return isDegraded({
      message: `The run at ${last.time} could not ask ${of}: ${reason}`,
      action: actionFor(reason),
    });
  }
  const givenUp = last.deliveries.filter(({ verdict }) => verdict === 'given-up').length;
  if (givenUp === 0) return isWell(`Last run at ${last.time}: ${last.deliveries.length} missed deliveries`);
  const action = 'Run "npm run reconcile -- --dry-run" to list them. Redeliver them in the settings of the hook.';
  return isDegraded({
    message: `${givenUp} deliveries are still missing after three requests to their sender`,
    action,
  });
};
