import type { CircuitBreakerSnapshot } from '../circuit-breaker/circuit-breaker-snapshot.js';
import type { OutboxFigures } from '../outbox/outbox-figures.js';
import type { SecretFigures } from '../secrets/secret-use.js';
import type { SourceFigures } from '../source-ranges/allowed-sources.js';
import type { Clock } from '../time/clock.js';
import { type Probe, type ProbeResult, runProbe } from './probe.js';

/** The dependencies by the names of their breakers; none of them is optional in the report. */
const services = ['service-bus', 'blob-storage', 'key-vault'] as const;
type Service = (typeof services)[number];

export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy';

export interface HealthCheck {
  readonly healthy: boolean;
  readonly message: string;
  readonly durationMs: number;
}

/** What `GET health/deep` says: one check for each breaker, and for each dependency touched when probed. */
export interface DeepHealthReport {
  readonly status: HealthStatus;
  readonly isHealthy: boolean;
  readonly version: string;
  readonly instance: string;
  readonly uptimeSeconds: number;
  readonly checks: Readonly<Record<string, HealthCheck>>;
  readonly circuitBreakers: Readonly<Record<string, CircuitBreakerSnapshot>>;
  readonly outbox: OutboxFigures;
  /** What could not be verified when it came, and is not decided yet. */
  readonly quarantine: OutboxFigures;
  /** By provider. */
  readonly secrets: Readonly<Record<string, SecretFigures>>;
  /** By provider, those with an allow-list only. */
  readonly sourceRanges: Readonly<Record<string, SourceFigures>>;
}

export interface DeepHealthPorts {
  readonly breakers: Readonly<Record<Service, { snapshot(): CircuitBreakerSnapshot }>>;
  readonly probes: Readonly<Record<Service, Probe>>;
  /** Whether signatures can be verified although Key Vault cannot be asked: every provider's secret is to be had without it. */
  readonly secretsUsable: () => boolean;
  readonly secrets: () => Readonly<Record<string, SecretFigures>>;
  /** Whether any of them is not what the vault says now, or not to be used. */
  readonly secretsImpaired: () => boolean;
  readonly sourceRanges: () => Readonly<Record<string, SourceFigures>>;
  /** Answers within a second and never throws. */
  readonly outbox: () => Promise<OutboxFigures>;
  /** Likewise. */
  readonly quarantine: () => Promise<OutboxFigures>;
  readonly clock: Clock;
  readonly version: string;
  readonly instance: string;
}

export type DeepHealth = (options: { readonly probe: boolean }) => Promise<DeepHealthReport>;

interface ServiceReading {
  readonly service: Service;
  readonly snapshot: CircuitBreakerSnapshot;
  readonly probed: ProbeResult | undefined;
}

const probeDeadlineMs = 2_000;

const isFailing = ({ snapshot, probed }: ServiceReading): boolean =>
  snapshot.state !== 'Closed' || probed?.healthy === false;

const isDown = ({ snapshot, probed }: ServiceReading): boolean =>
  snapshot.state === 'Open' || probed?.healthy === false;

/** Storage alone can only degrade; so can Key Vault while every secret is to be had without it. Without Service Bus nothing gets in. */
const statusOf = (
  readings: readonly ServiceReading[],
  { secretsUsable, impaired }: { readonly secretsUsable: boolean; readonly impaired: boolean },
): HealthStatus => {
  const down = readings.filter(isDown).map(({ service }) => service);
  if (down.includes('service-bus') || (down.includes('key-vault') && !secretsUsable)) return 'unhealthy';
  return readings.some(isFailing) || impaired ? 'degraded' : 'healthy';
};

const checksOf = ({ service, snapshot, probed }: ServiceReading): readonly (readonly [string, HealthCheck])[] => {
  const name = service.replaceAll('-', '_');
  const { state } = snapshot;
  const circuit = { healthy: state === 'Closed', message: `State: ${state}`, durationMs: 0 };
  return [[`${name}_circuit`, circuit], ...(probed ? [[`${name}_probe`, probed] as const] : [])];
};

/** Puts the report together. Reading breakers changes nothing; only `probe: true` touches the dependencies, 2 s at most. */
export const createDeepHealth = (ports: DeepHealthPorts): DeepHealth => {
  const startedMs = ports.clock.monotonicMs();

  const read = async (service: Service, probe: boolean): Promise<ServiceReading> => ({
    service,
    snapshot: ports.breakers[service].snapshot(),
    probed: probe ? await runProbe(ports.probes[service], ports.clock, probeDeadlineMs) : undefined,
  });

  return async ({ probe }) => {
    const [readings, outbox, quarantine] = await Promise.all([
      Promise.all(services.map((service) => read(service, probe))),
      ports.outbox(),
      ports.quarantine(),
    ]);
    const impaired = ports.secretsImpaired() || (quarantine.pending ?? 0) > 0;
    const status = statusOf(readings, { secretsUsable: ports.secretsUsable(), impaired });
    return {
      status,
      isHealthy: status === 'healthy',
      version: ports.version,
      instance: ports.instance,
      uptimeSeconds: Math.floor((ports.clock.monotonicMs() - startedMs) / 1000),
      checks: Object.fromEntries(readings.flatMap(checksOf)),
      circuitBreakers: Object.fromEntries(readings.map(({ service, snapshot }) => [service, snapshot])),
      outbox,
      quarantine,
      secrets: ports.secrets(),
      sourceRanges: ports.sourceRanges(),
    };
  };
};
