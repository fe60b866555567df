import type { CircuitBreakerOptions } from './circuit-breaker-options.js';

/** REQ-009: any dependency that has no numbers of its own. */
export const defaultBreakerOptions = {
  failureThreshold: 5,
  windowMs: 60_000,
  coolDownMs: 30_000,
  successThreshold: 3,
  operationTimeoutMs: 10_000,
  halfOpenMaxConcurrent: 5,
} as const satisfies CircuitBreakerOptions;

/** REQ-009: `azure-service-bus`. */
export const serviceBusBreakerOptions = {
  failureThreshold: 5,
  windowMs: 60_000,
  coolDownMs: 30_000,
  successThreshold: 3,
  operationTimeoutMs: 5_000,
  halfOpenMaxConcurrent: 3,
} as const satisfies CircuitBreakerOptions;

/** REQ-009: `azure-blob-storage`. */
export const blobStorageBreakerOptions = {
  failureThreshold: 5,
  windowMs: 60_000,
  coolDownMs: 30_000,
  successThreshold: 2,
  operationTimeoutMs: 10_000,
  halfOpenMaxConcurrent: 5,
} as const satisfies CircuitBreakerOptions;

/** REQ-009: `azure-key-vault`. */
export const keyVaultBreakerOptions = {
  failureThreshold: 3,
  windowMs: 60_000,
  coolDownMs: 60_000,
  successThreshold: 2,
  operationTimeoutMs: 5_000,
  halfOpenMaxConcurrent: 2,
} as const satisfies CircuitBreakerOptions;

/** What an environment changes of every breaker: production keeps the requirement's numbers, the others forgive more. */
export const environmentBreakerOptions = {
  development: { failureThreshold: 10, coolDownMs: 5_000, successThreshold: 1 },
  staging: { coolDownMs: 15_000, successThreshold: 2 },
  production: {},
} as const satisfies Readonly<Record<string, Partial<CircuitBreakerOptions>>>;

/**
 * What a kind of dependency changes of the defaults. A cache answers in milliseconds and is soon done without; a database in seconds,
 * and should not be met by many probes; a remote procedure call fails in bursts while instances change; somebody else's API is slow
 * and away for longer.
 */
const dependencyBreakerOptions = {
  database: { coolDownMs: 20_000, successThreshold: 2, operationTimeoutMs: 5_000, halfOpenMaxConcurrent: 2 },
  cache: { failureThreshold: 10, windowMs: 10_000, coolDownMs: 5_000, successThreshold: 1, operationTimeoutMs: 500 },
  rpc: { coolDownMs: 10_000, successThreshold: 2, operationTimeoutMs: 3_000, failureRateThreshold: 0.5 },
  'external-api': { coolDownMs: 60_000, operationTimeoutMs: 15_000, halfOpenMaxConcurrent: 1 },
} as const satisfies Readonly<Record<string, Partial<CircuitBreakerOptions>>>;

/** Presets by name, for an environment and for a kind of dependency. */
export const breakerPresets: Readonly<Record<PresetName, Partial<CircuitBreakerOptions>>> = {
  ...environmentBreakerOptions,
  ...dependencyBreakerOptions,
};

export type PresetName = keyof typeof environmentBreakerOptions | keyof typeof dependencyBreakerOptions;
