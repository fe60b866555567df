import type { CircuitBreakerSnapshot } from '../circuit-breaker/circuit-breaker-snapshot.js';
import type { FaultReason } from '../faults/fault-reason.js';
import type { AllGates } from '../last-resort/gate-snapshot.js';
import type { ReadStocks } from '../outbox/drain/stocks.js';
import type { TimerRun } from '../outbox/drain/timer-runs.js';
import type { OutboxFigures } from '../outbox/record/outbox-figures.js';
import type { ReconcileRun } from '../reconcile/reconcile.js';
import type { SecretStanding } from '../secrets/cached-secret.js';
import type { SecretFigures } from '../secrets/cached-secrets.js';
import type { SourceFigures } from '../source-ranges/allowed-sources.js';
import type { Clock } from '../time/clock.js';
import { type Service, services } from './advice.js';
import { checkQueue, checkService } from './check-breakers.js';
import { checkReconcile } from './check-reconcile.js';
import { checkSecrets } from './check-secrets.js';
import { checkStocks } from './check-stocks.js';
import { checkTimer } from './check-timer.js';
import { checkName, type HealthCheck, isNotConfigured, type NamedCheck } from './health-check.js';
import { type Probe, runProbe } from './probe.js';

export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy';

/** What `GET health/deep` says: one check for each thing that can be wrong, with what to do about it. */
export interface DeepHealthReport {
  readonly status: HealthStatus;
  readonly isHealthy: boolean;
  readonly version: string;
  readonly instance: string;
  readonly uptimeSeconds: number;
  readonly checks: Readonly<Record<string, HealthCheck>>;
  /** The three, and those of the queues that this instance has sent to. */
  readonly circuitBreakers: Readonly<Record<string, CircuitBreakerSnapshot>>;
  /** The gates of the last resort, by the breakers they stand beside. */
  readonly lastResort: ReturnType<AllGates>;
  readonly outbox: OutboxFigures;
  /** What was given up, and waits for an operator. */
  readonly deadLetters: OutboxFigures;
  /** What could not be verified when it came, and is not decided yet. */
  readonly quarantine: OutboxFigures;
  /** What came as a batch and is not taken apart yet; 100 stands for "100 or more". */
  readonly batches: OutboxFigures;
  /** Bursts that are not sent on yet; absent when no bot coalesces. */
  readonly bursts?: OutboxFigures;
  /** Messages that wait to be archived; 100 stands for "100 or more", `null` when it cannot be known now. */
  readonly archiveBacklog: { readonly pending: number | null };
  /** The latest run of the outbox timer on any instance; `null`: none is known. */
  readonly lastTimerRun: TimerRun | null;
  /** By provider. */
  readonly secrets: Readonly<Record<string, SecretFigures>>;
  /** By provider, those with an allow-list only. */
  readonly sourceRanges: Readonly<Record<string, SourceFigures>>;
}

/** A namespace or an account beside the first, which has checks of its own. */
export interface HealthShard {
  readonly service: 'service-bus' | 'blob-storage';
  /** What its breaker is called. */
  readonly breaker: string;
  readonly snapshot: () => CircuitBreakerSnapshot;
  readonly probe: Probe;
}

export interface DeepHealthPorts {
  /** Every breaker there is now, by name; the three are always there. */
  readonly snapshots: () => Readonly<Record<Service, CircuitBreakerSnapshot> & Record<string, CircuitBreakerSnapshot>>;
  readonly gates: AllGates;
  readonly probes: Readonly<Record<Service, Probe>>;
  /** Absent: none. */
  readonly shards?: readonly HealthShard[];
  readonly reasonOf: Readonly<Record<Service, (thrown: unknown) => FaultReason>>;
  /** Every queue that is sent to, and the name of its breaker. */
  readonly queues: readonly { readonly queue: string; readonly breaker: string }[];
  readonly providers: readonly string[];
  readonly standing: (secretName: string) => SecretStanding;
  /** Whether signatures can be verified although Key Vault cannot be asked: every provider's secret is available without it. */
  readonly secretsUsable: () => boolean;
  readonly secrets: () => Readonly<Record<string, SecretFigures>>;
  readonly sourceRanges: () => Readonly<Record<string, SourceFigures>>;
  readonly stocks: ReadStocks;
  /** What the last run on this instance asked GitHub for; absent: nobody is asked. */
  readonly reconciled: (() => ReconcileRun | undefined) | undefined;
  readonly outboxSchedule: string;
  readonly quarantines: boolean;
  /** What this app goes without. */
  readonly without: { readonly vault: boolean; readonly telemetry: boolean };
  readonly clock: Clock;
  readonly version: string;
  readonly instance: string;
}

export type DeepHealth = (options: { readonly probe: boolean }) => Promise<DeepHealthReport>;

const probeDeadlineMs = 2_000;

/** It answers: something in it is missing, which is that thing's own check. */
const answersAllTheSame: ReadonlySet<FaultReason | undefined> = new Set<FaultReason>(['not-found', 'disabled', 'full']);

const isUnanswered = (probe: HealthCheck | undefined): boolean =>
  probe?.healthy === false && !answersAllTheSame.has(probe.reason);

const notThere = ({ vault, telemetry }: DeepHealthPorts['without']): readonly NamedCheck[] => [
  ...(vault
    ? [
        [
          'vault',
          isNotConfigured('secrets come from settings', 'Set KeyVault__vaultUri; outside development it must be.'),
        ] as const,
      ]
    : []),
  ...(telemetry
    ? [
        [
          'telemetry',
          isNotConfigured('nothing is told to Application Insights', 'Set APPLICATIONINSIGHTS_CONNECTION_STRING.'),
        ] as const,
      ]
    : []),
];

/**
 * Storage alone can only degrade; so can Key Vault while every secret is available without it. Without Service Bus nothing gets in; with
 * one of several namespaces what belongs to the others does.
 */
const statusOf = (
  isDown: (service: Service) => boolean,
  { secretsUsable, allWell }: { readonly secretsUsable: boolean; readonly allWell: boolean },
): HealthStatus => {
  if (isDown('service-bus') || (isDown('key-vault') && !secretsUsable)) return 'unhealthy';
  return allWell ? 'healthy' : 'degraded';
};

/** Puts the report together. Reading breakers changes nothing; only `probe: true` touches the dependencies, 2 s at most. */
export const createDeepHealth = (ports: DeepHealthPorts): DeepHealth => {
  const { clock, shards = [] } = ports;
  const startedMs = clock.monotonicMs();
  const places = [
    ...services.map((service) => ({ service, breaker: service, probe: ports.probes[service] })),
    ...shards.map(({ service, breaker, probe }) => ({ service, breaker, probe })),
  ];

  const probe = async (place: (typeof places)[number]): Promise<NamedCheck> => {
    const run = { service: place.service, probe: place.probe, reasonOf: ports.reasonOf[place.service], clock };
    return [checkName(place.breaker, 'probe'), await runProbe({ ...run, deadlineMs: probeDeadlineMs })];
  };

  return async (options) => {
    const [stocks, probed] = await Promise.all([ports.stocks(), Promise.all(options.probe ? places.map(probe) : [])]);
    const circuitBreakers = ports.snapshots();
    const { lastRun } = stocks;
    const uptimeMs = clock.monotonicMs() - startedMs;
    const timer = { lastRun, schedule: ports.outboxSchedule, nowEpochMs: clock.epochMs(), uptimeMs };
    const checks: Readonly<Record<string, HealthCheck>> = Object.fromEntries([
      ...services.flatMap((service) => checkService(service, circuitBreakers[service])),
      ...shards.flatMap(({ service, breaker, snapshot }) => checkService(service, snapshot(), breaker)),
      ...probed,
      ...ports.queues.map(({ queue, breaker }) => checkQueue(queue, circuitBreakers[breaker])),
      ...checkSecrets(ports.providers, ports.standing),
      ...checkStocks(stocks, ports.quarantines),
      ['outbox_timer', checkTimer(timer)],
      ...(ports.reconciled === undefined ? [] : [['reconcile', checkReconcile(ports.reconciled())] as const]),
      ...notThere(ports.without),
    ]);
    const isDown = (service: Service): boolean =>
      places
        .filter((place) => place.service === service)
        .every(
          ({ breaker }) =>
            circuitBreakers[breaker]?.state === 'Open' || isUnanswered(checks[checkName(breaker, 'probe')]),
        );
    const allWell = Object.values(checks).every(({ healthy }) => healthy);
    const status = statusOf(isDown, { secretsUsable: ports.secretsUsable(), allWell });
    return {
      status,
      isHealthy: status === 'healthy',
      version: ports.version,
      instance: ports.instance,
      uptimeSeconds: Math.floor(uptimeMs / 1000),
      checks,
      circuitBreakers,
      lastResort: ports.gates(),
      outbox: stocks.outbox,
      deadLetters: stocks.deadLetters,
      quarantine: stocks.quarantine,
      batches: stocks.batches,
      ...(stocks.bursts !== undefined && { bursts: stocks.bursts }),
      archiveBacklog: { pending: stocks.archiveBacklog },
      lastTimerRun: lastRun ?? null,
      secrets: ports.secrets(),
      sourceRanges: ports.sourceRanges(),
    };
  };
};
