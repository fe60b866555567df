import * as z from 'zod';
import type { CircuitBreakerSnapshot } from '../../src/circuit-breaker/circuit-breaker-snapshot.js';
import { faultReasons } from '../../src/faults/fault-reason.js';
import type { DeepHealthReport } from '../../src/health/deep-health.js';
import type { HealthCheck } from '../../src/health/health-check.js';
import type { GateSnapshot } from '../../src/last-resort/gate-snapshot.js';
import type { BreakerReport } from '../../src/operations/operate-breakers.js';
import type { OutboxFigures } from '../../src/outbox/record/outbox-figures.js';
import { count, figure, flag, moment, type Shape, text, texts } from './shape.js';

export const liveness = z.object({ status: z.literal('healthy') });
export const readiness = z.object({ status: z.literal('ready') });

export const healthCheck = z.object({
  healthy: flag,
  status: z.enum(['Healthy', 'Degraded', 'Unhealthy', 'NotConfigured']),
  message: text,
  reason: z.enum(faultReasons).exactOptional(),
  action: text.exactOptional().describe('What an operator does about it.'),
  durationMs: figure,
}) satisfies Shape<HealthCheck>;

export const breaker = z.object({
  name: text,
  state: z.enum(['Closed', 'Open', 'HalfOpen']),
  mode: z.enum(['automatic', 'forced-open', 'disabled']),
  isHealthy: flag,
  total: count,
  running: count,
  waiting: count,
  successful: count,
  failed: count,
  timedOut: count,
  ignored: count,
  rejected: count,
  slow: count,
  stale: count,
  fallbacks: count,
  failedFallbacks: count,
  consecutiveFailures: count,
  failureRate: figure,
  successRate: figure,
  rateWindow: z.object({ calls: count, failed: count, slow: count }).nullable(),
  averageResponseTimeMs: figure,
  responseTimesMs: z.object({
    samples: count,
    average: figure,
    p50: figure,
    p90: figure,
    p95: figure,
    p99: figure,
    max: figure,
  }),
  lastFailure: z.object({ time: moment, reason: text }).nullable(),
  lastSuccess: moment.nullable(),
  lastStateChange: moment,
  nextRecoveryAttempt: moment.nullable(),
  retryAfterMs: figure,
  transitions: count,
  lastRecoveryMs: figure.nullable(),
  uptimeMs: figure,
}) satisfies Shape<CircuitBreakerSnapshot>;

const option = figure.nullable();

export const breakerConfiguration = z
  .object({
    failureThreshold: option,
    windowMs: option,
    coolDownMs: option,
    successThreshold: option,
    operationTimeoutMs: option,
    halfOpenMaxConcurrent: option,
    fairTimeoutMs: option,
    failureCountThreshold: option,
    failureRateThreshold: option,
    failureRateFactor: option,
    slowCallRateThreshold: option,
    slowCallDurationMs: option,
    volumeThreshold: option,
    minimumCalls: option,
    rateWindowCalls: option,
    coolDownGrowth: option,
    maxCoolDownMs: option,
    coolDownJitter: option,
    maxConcurrent: option,
    maxCallsPerSecond: option,
    maxWaiting: option,
    maxFallbacks: option,
  })
  .describe('Every option of a breaker; `null`: it is off.') satisfies Shape<BreakerReport['configuration']>;

export const gate = z.object({
  state: z.enum(['working', 'one-at-a-time']),
  waiting: count,
  passed: count,
  refused: count,
}) satisfies Shape<GateSnapshot>;

const breakerReports = z.record(
  text,
  breaker.extend({ configuration: breakerConfiguration }) satisfies Shape<BreakerReport>,
);

export const breakerHealth = z.object({
  isHealthy: flag,
  version: text,
  instance: text,
  circuitBreakers: breakerReports,
  lastResort: z.record(text, gate),
});

export const breakersReset = z.object({ reset: texts, instance: text, circuitBreakers: breakerReports });

export const stock = z
  .object({
    pending: count.nullable(),
    oldestSeconds: figure.nullable(),
    copies: z.record(text, count).exactOptional(),
  })
  .describe('What waits; `null`: it cannot be known now.') satisfies Shape<OutboxFigures>;

export const deepHealth = z.object({
  status: z.enum(['healthy', 'degraded', 'unhealthy']),
  isHealthy: flag,
  version: text,
  instance: text,
  uptimeSeconds: count,
  checks: z.record(text, healthCheck),
  circuitBreakers: z.record(text, breaker),
  lastResort: z.record(text, gate),
  outbox: stock,
  deadLetters: stock,
  quarantine: stock,
  batches: stock,
  archiveBacklog: z.object({ pending: count.nullable() }),
  lastTimerRun: z.object({ endedAt: moment, instance: text, complete: flag }).nullable(),
  secrets: z.record(
    text,
    z.object({
      versions: count.nullable(),
      source: z.enum(['vault', 'cache', 'fallback', 'none']),
      problem: text.exactOptional(),
      olderLastNeeded: moment.nullable(),
    }),
  ),
  sourceRanges: z.record(text, z.object({ enforced: flag, ranges: count, listReadAt: moment.nullable() })),
}) satisfies Shape<DeepHealthReport>;
