import type { CircuitBreakerOptions } from '../circuit-breaker/circuit-breaker-options.js';

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
