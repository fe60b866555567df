import { archiveBacklogQueue } from '../archive/archive-backlog.js';
import { classifyArchiveError } from '../archive/classify-archive-error.js';
import type { Classified, Classify } from '../circuit-breaker/classify.js';
import { createDeepHealth, type DeepHealth } from '../health/deep-health.js';
import { toFaultReason } from '../observability/fault-reason.js';
import { classifyQueueError } from '../routing/classify-queue-error.js';
import { queueBreakerName } from '../routing/isolated-send.js';
import { classifySecretError } from '../secrets/classify-secret-error.js';
import { webhookSecretName } from '../secrets/secret-names.js';
import type { Foundation } from './foundation.js';
import type { ReconcileHandlers } from './reconcile-handler.js';

const reasonBy =
  <E>(classify: Classify<E>) =>
  (thrown: unknown) => {
    const { reason = 'unknown' }: Classified<E> = classify(thrown);
    return toFaultReason(reason);
  };

/** Every queue that events may go to, each once. */
const queuesOf = ({ dependencies }: Foundation) =>
  [...new Set([...dependencies.bots.map(({ queue }) => queue), archiveBacklogQueue])].map((queue) => ({
    queue,
    breaker: queueBreakerName(queue),
  }));

export const createAppDeepHealth = (foundation: Foundation, reconcile: Pick<ReconcileHandlers, 'last'>): DeepHealth => {
  const { dependencies, breakers, registry, secrets, secretUse, allowedSources, stocks } = foundation;
  const { settings, probes, clock, version, instance } = dependencies;
  return createDeepHealth({
    snapshots: () => ({
      ...registry.snapshots(),
      'service-bus': breakers['service-bus'].snapshot(),
      'blob-storage': breakers['blob-storage'].snapshot(),
      'key-vault': breakers['key-vault'].snapshot(),
    }),
    probes,
    reasonOf: {
      'service-bus': reasonBy(classifyQueueError),
      'blob-storage': reasonBy(classifyArchiveError),
      'key-vault': reasonBy(classifySecretError),
    },
    queues: queuesOf(foundation),
    providers: settings.providers,
    standing: secrets.standing,
    secretsUsable: () => settings.providers.every((provider) => secrets.isCached(webhookSecretName(provider))),
    secrets: secretUse.figures,
    sourceRanges: allowedSources.figures,
    stocks,
    reconciled: settings.reconcile && reconcile.last,
    outboxSchedule: settings.outboxSchedule,
    quarantines: settings.quarantine !== undefined,
    without: { vault: settings.keyVault.kind === 'settings', telemetry: settings.telemetry === undefined },
    clock,
    version,
    instance,
  });
};
