import { classifyArchiveError } from '../archive/classify-archive-error.js';
import type { Classified, Classify } from '../circuit-breaker/guarded-call.js';
import { toFaultReason } from '../faults/fault-reason.js';
import { createDeepHealth, type DeepHealth, type HealthShard } from '../health/deep-health.js';
import type { Probe } from '../health/probe.js';
import { classifyQueueError } from '../routing/classify-queue-error.js';
import { archiveBacklogQueue } from '../routing/event-queue.js';
import { queueBreakerName } from '../routing/route-event.js';
import { classifySecretError } from '../secrets/classify-secret-error.js';
import { webhookSecretName } from '../secrets/secrets.js';
import type { Account } from './accounts.js';
import type { Foundation } from './foundation.js';
import type { Namespace } from './namespaces.js';
import { inShard } from './observation.js';
import type { ReconcileHandlers } from './reconcile-handler.js';

const reasonBy =
  <E>(classify: Classify<E>) =>
  (thrown: unknown) => {
    const { reason = 'unknown' }: Classified<E> = classify(thrown);
    return toFaultReason(reason);
  };

/** Accounts and namespaces beside the first. */
const shardsOf = ({ dependencies: { shards }, accounts, namespaces }: Foundation): readonly HealthShard[] => {
  if (shards === undefined) return [];
  const shardOf =
    (service: HealthShard['service'], given: readonly { readonly name: string; readonly probe: Probe }[]) =>
    ({ name, breaker }: Account | Namespace) =>
      given
        .filter((one) => one.name === name)
        .map(({ probe }) => ({ service, breaker: breaker.name, snapshot: () => breaker.snapshot(), probe }));
  return [
    ...namespaces.each.flatMap(shardOf('service-bus', shards.namespaces)),
    ...accounts.each.flatMap(shardOf('blob-storage', shards.accounts)),
  ];
};

/** Every queue that events may go to, each once in each namespace that it lies in. */
const queuesOf = ({ dependencies: { bots, shards }, namespaces }: Foundation) => {
  const given = (shards?.namespaces ?? []).flatMap((one) => one.bots ?? []);
  return namespaces.each.flatMap(({ name }) => {
    const own = shards?.namespaces.find((one) => one.name === name)?.bots;
    const here = bots.filter((bot) => (own === undefined ? !given.includes(bot.name) : own.includes(bot.name)));
    return [...new Set([...here.map(({ queue }) => queue), archiveBacklogQueue])].map((queue) => ({
      queue: inShard(queue, name),
      breaker: inShard(queueBreakerName(queue), name),
    }));
  });
};

export const createAppDeepHealth = (foundation: Foundation, reconcile: Pick<ReconcileHandlers, 'last'>): DeepHealth => {
  const { dependencies, breakers, registry, secrets, secretUse, allowedSources, stocks } = foundation;
  const { settings, probes, clock, version, instance } = dependencies;
  return createDeepHealth({
    snapshots: () => ({
      ...registry.allMetrics(),
      'service-bus': breakers['service-bus'].snapshot(),
      'blob-storage': breakers['blob-storage'].snapshot(),
      'key-vault': breakers['key-vault'].snapshot(),
    }),
    gates: foundation.gates,
    probes,
    shards: shardsOf(foundation),
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
