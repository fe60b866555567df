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

/** What an environment changes of every breaker: production keeps the requirement's numbers, development forgives more. */
export const environmentBreakerOptions = {
  development: { failureThreshold: 10, coolDownMs: 5_000, successThreshold: 1 },
  production: {},
} as const satisfies Readonly<Record<string, Partial<CircuitBreakerOptions>>>;
