import type { ArchiveError } from '../archive/archive-error.js';
import { classifyArchiveError } from '../archive/classify-archive-error.js';
import { CircuitBreaker, type ManagedBreaker } from '../circuit-breaker/circuit-breaker.js';
import type { Classify } from '../circuit-breaker/guarded-call.js';
import { KeyedBreakers } from '../circuit-breaker/registry.js';
import { Gate } from '../last-resort/gate.js';
import type { GateOptions } from '../last-resort/gate-options.js';
import type { GateOutcome } from '../last-resort/gate-snapshot.js';
import type { Log } from '../observability/log/log.js';
import type { Metrics } from '../observability/metrics/metrics.js';
import { observeBreaker } from '../observability/metrics/observe-breaker.js';
import { classifyQueueError } from '../routing/classify-queue-error.js';
import type { QueueError } from '../routing/queue-error.js';
import { classifyQueueFault, type QueueFault, queueBreakerName, queueBreakerOptions } from '../routing/route-event.js';
import { classifySecretError } from '../secrets/classify-secret-error.js';
import type { SecretError, SecretVersion } from '../secrets/secret-store.js';
import {
  blobStorageBreakerOptions,
  keyVaultBreakerOptions,
  serviceBusBreakerOptions,
} from '../settings/azure-breaker-options.js';
import type { CircuitBreakerSettings } from '../settings/read-circuit-breakers.js';
import type { ShardName } from '../shards/shard-of.js';
import type { Clock } from '../time/clock.js';
import { inShard } from './observation.js';

/** The breakers by the names of their dependencies. */
export interface Breakers {
  readonly 'service-bus': CircuitBreaker<unknown, QueueError>;
  readonly 'blob-storage': CircuitBreaker<unknown, ArchiveError>;
  readonly 'key-vault': CircuitBreaker<readonly SecretVersion[], SecretError>;
}

export interface BreakerPorts {
  /** What the settings change of each preset. */
  readonly settings: CircuitBreakerSettings;
  /** What an event of the sender that waits longest gets for each dependency, in milliseconds. */
  readonly fullSharesMs: Readonly<Record<'archive' | 'route' | 'secrets', number>>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Of what an event gets whose request has just begun: a look-up or two may have come before. */
const fairShare = 0.9;

/**
 * From which deadline on a timeout says something about each dependency: nearly what an event of the sender that waits longest
 * gets. No sender that waits less, and no batch near its end, opens a breaker for the others.
 */
const fairTimeouts = ({ archive, route, secrets }: BreakerPorts['fullSharesMs']) => {
  const fair = (shareMs: number, { operationTimeoutMs }: { readonly operationTimeoutMs: number }) => ({
    fairTimeoutMs: Math.max(1, Math.floor(Math.min(shareMs, operationTimeoutMs) * fairShare)),
  });
  return {
    serviceBus: fair(route, serviceBusBreakerOptions),
    blobStorage: fair(archive, blobStorageBreakerOptions),
    keyVault: fair(secrets, keyVaultBreakerOptions),
  };
};

/** The breaker of one namespace. Calls and transitions are counted. */
export const createServiceBusBreaker = (ports: BreakerPorts, shard: ShardName = ''): Breakers['service-bus'] =>
  observeBreaker(
    new CircuitBreaker({
      clock: ports.clock,
      name: inShard('service-bus', shard),
      options: {
        ...serviceBusBreakerOptions,
        ...fairTimeouts(ports.fullSharesMs).serviceBus,
        ...ports.settings.serviceBus,
      },
      classify: classifyQueueError,
    }),
    ports,
  );

/** The breaker of one storage account. */
export const createBlobStorageBreaker = (ports: BreakerPorts, shard: ShardName = ''): Breakers['blob-storage'] =>
  observeBreaker(
    new CircuitBreaker({
      clock: ports.clock,
      name: inShard('blob-storage', shard),
      options: {
        ...blobStorageBreakerOptions,
        ...fairTimeouts(ports.fullSharesMs).blobStorage,
        ...ports.settings.blobStorage,
      },
      classify: classifyArchiveError,
    }),
    ports,
  );

/** The three breakers of REQ-009; of several namespaces and accounts, those of the first. */
export const createBreakers = (ports: BreakerPorts): Breakers => ({
  'service-bus': createServiceBusBreaker(ports),
  'blob-storage': createBlobStorageBreaker(ports),
  'key-vault': observeBreaker(
    new CircuitBreaker({
      clock: ports.clock,
      name: 'key-vault',
      options: { ...keyVaultBreakerOptions, ...fairTimeouts(ports.fullSharesMs).keyVault, ...ports.settings.keyVault },
      classify: classifySecretError,
    }),
    ports,
  ),
});

/** Beside a breaker, for what must not be refused on its account. */
const gateBeside = <E>(
  breaker: ManagedBreaker,
  classify: Classify<E>,
  {
    clock,
    metrics,
    options = {},
  }: Pick<BreakerPorts, 'clock' | 'metrics'> & { readonly options?: Partial<GateOptions> },
): Gate<E> => {
  const { name } = breaker;
  const onCall = (outcome: GateOutcome, by?: number): void =>
    metrics.count('breakwater_last_resort_calls_total', { breaker: name, outcome }, by);
  for (const outcome of ['passed', 'refused'] as const) onCall(outcome, 0);
  return new Gate({ name: `${name}:last-resort`, beside: breaker, options, classify, clock, onCall });
};

/** What passes a gate of the last resort moves no breaker: REQ-009 decides by its own calls alone. */
export const createStorageGate = (
  breaker: Breakers['blob-storage'],
  ports: Pick<BreakerPorts, 'clock' | 'metrics'>,
): Gate<ArchiveError> => gateBeside(breaker, classifyArchiveError, ports);

/** Likewise for a namespace. */
export const createServiceBusGate = (
  breaker: Breakers['service-bus'],
  ports: Pick<BreakerPorts, 'clock' | 'metrics'>,
): Gate<QueueError> => gateBeside(breaker, classifyQueueError, ports);

/** So few at once that other shards' events take little from the namespace's own. */
const mostForOthers = 16;

/** Beside the gate of a namespace, for events of other shards: their failures leave its own gate as it is. */
export const createGateForOthers = (
  breaker: Breakers['service-bus'],
  ports: Pick<BreakerPorts, 'clock' | 'metrics'>,
): Gate<QueueError> => gateBeside(breaker, classifyQueueError, { ...ports, options: { maxConcurrent: mostForOthers } });

/** Most queues that have a breaker of their own at once; a configuration with more bots keeps the latest used. */
const maxQueueBreakers = 200;

/** One breaker per queue, made when it is first sent to: a missing or full queue isolates itself and trips nothing else. */
export const createQueueBreakers = (
  { clock, log, metrics }: Omit<BreakerPorts, 'settings' | 'fullSharesMs'>,
  shard: ShardName = '',
): KeyedBreakers<void, QueueFault> =>
  new KeyedBreakers({
    limit: maxQueueBreakers,
    create: (queue) =>
      observeBreaker(
        new CircuitBreaker<void, QueueFault>({
          clock,
          name: inShard(queueBreakerName(queue), shard),
          options: queueBreakerOptions,
          classify: classifyQueueFault,
        }),
        { metrics, log },
      ),
  });
